//! The states of a task's persons, and when each needs a tick (`gateway.shell.states`).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::pending::Pending;
use crate::time::Instant;

const STATE: &str = "gateway.state";

/// What is known of a person.
struct Known {
    stored: Vec<u8>,
    due: Option<Instant>,
    /// Whether it has changed since the last transaction, and when.
    changed: Option<Instant>,
}

/// Stored states by key.
#[derive(Default)]
pub struct Persons {
    known: HashMap<String, Known>,
    dues: BinaryHeap<Reverse<(Instant, String)>>,
    changed: Vec<String>,
    pub bytes: usize,
}

impl Persons {
    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.known.get(key).map(|known| known.stored.as_slice())
    }

    fn put(&mut self, key: &str, mut stored: Vec<u8>) -> &mut Known {
        // It stays for long, and there are many of them.
        stored.shrink_to_fit();
        self.bytes += stored.len();
        if !self.known.contains_key(key) {
            let known = Known {
                stored: Vec::new(),
                due: None,
                changed: None,
            };
            self.known.insert(key.to_owned(), known);
        }
        let known = self.known.get_mut(key).expect("it was put there");
        self.bytes -= known.stored.len();
        known.stored = stored;
        known
    }

    /// Take a state that stands in the log.
    pub fn restore(&mut self, key: &str, stored: Vec<u8>, due: Option<Instant>) {
        self.put(key, stored);
        self.schedule(key, due);
    }

    /// Take the next state of a person; it is to be written.
    pub fn store(&mut self, key: &str, stored: Vec<u8>, now: Instant, due: Option<Instant>) {
        let known = self.put(key, stored);
        if known.changed.replace(now).is_none() {
            self.changed.push(key.to_owned());
        }
        self.schedule(key, due);
    }

    /// When the person needs the next tick.
    pub fn schedule(&mut self, key: &str, due: Option<Instant>) {
        let Some(known) = self.known.get_mut(key) else {
            return;
        };
        if known.due != due {
            known.due = due;
            if let Some(due) = due {
                self.dues.push(Reverse((due, key.to_owned())));
            }
        }
    }

    /// Take the next tick up to an instant, in order of time, then of key.
    pub fn due(&mut self, now: Instant) -> Option<(String, Instant)> {
        while self.is_due(now) {
            let Reverse((due, key)) = self.dues.pop()?;
            if let Some(known) = self.known.get_mut(&key)
                && known.due == Some(due)
            {
                known.due = None;
                return Some((key, due));
            }
        }
        None
    }

    /// Whether there may be a tick up to an instant.
    pub fn is_due(&self, now: Instant) -> bool {
        self.dues
            .peek()
            .is_some_and(|Reverse((due, _))| *due <= now)
    }

    /// Put the changed states, in the order in which they changed first.
    pub fn put_changed(&mut self, pending: &mut Pending) {
        for key in self.changed.drain(..) {
            let Some(known) = self.known.get_mut(&key) else {
                continue;
            };
            let Some(now) = known.changed.take() else {
                continue;
            };
            let due = known.due.map(|due| due.to_string());
            let header = due.as_ref().map(|due| (&b"due"[..], Some(due.as_bytes())));
            let headers = header.as_slice();
            pending.put(STATE, now, Some(key.as_bytes()), &known.stored, headers);
        }
    }
}
