//! The express lane: what is plainly good is decided here, byte for byte as Python would decide it.
//!
//! `gateway.express` describes the way in: the tables, the check that the Python it repeats has not
//! changed, and when it is used. Each file names the Python modules that it is a twin of.

mod consent;
#[cfg(feature = "counters")]
mod counters;
mod deadlines;
mod envelope;
mod facts;
mod ids;
mod json;
mod lane;
mod msgpack;
mod pending;
mod person;
mod persons;
mod read;
mod receipt;
mod remember;
mod rules;
mod shape;
mod state;
mod sums;
mod terms;
mod ticks;
mod time;
mod unfinished;
mod watch;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use bumpalo::Bump;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyTuple};

use crate::envelope::Record;
use crate::lane::{Answer, Chain};
use crate::pending::{Batch, Header, Pending};
use crate::persons::Persons;
use crate::terms::Terms;

/// A header's name and value.
type Parts<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);
/// A batch: topic, bytes, checksum of the records, how many, first and greatest instant.
type Encoded<'py> = (String, Bound<'py, PyByteArray>, u32, usize, i64, i64);
/// A record to be written, as `gateway.shell.outputs.Outgoing` has it.
type Outgoing<'py> = (
    String,
    i64,
    Option<Bound<'py, PyBytes>>,
    Bound<'py, PyBytes>,
    Vec<(String, Option<Bound<'py, PyBytes>>)>,
);

/// The compiled lane of one task: the terms, and what is to be written next.
#[pyclass]
struct Lane {
    terms: Arc<Terms>,
    pending: Pending,
    persons: Persons,
    chain: Chain,
    /// Messages by input topic and answer.
    answers: Vec<(String, Answer, usize)>,
    /// What lives as long as one decision; never locked, since every call has the lane to itself.
    bump: Mutex<Bump>,
}

/// What `Lane.take` answers when Python has to decide, or something else comes first.
const DOUBT: i64 = 0;
const DUE_FIRST: i64 = -1;

impl Lane {
    fn of(terms: Arc<Terms>) -> Self {
        Self {
            terms,
            pending: Pending::default(),
            persons: Persons::default(),
            chain: Chain::default(),
            answers: Vec::new(),
            bump: Mutex::new(Bump::new()),
        }
    }
}

#[pymethods]
impl Lane {
    /// `tables` are those of `gateway.express.tables`, as JSON.
    #[new]
    fn new(tables: &str) -> PyResult<Self> {
        let wrong = |text: String| PyValueError::new_err(text);
        let tables = serde_json::from_str(tables).map_err(|e| wrong(e.to_string()))?;
        let terms = Arc::new(Terms::read(&tables).map_err(wrong)?);
        Ok(Self::of(terms))
    }

    /// A lane of the same terms, for another task.
    fn another(&self) -> Self {
        Self::of(Arc::clone(&self.terms))
    }

    /// The CloudEvents types that are decided here.
    fn types(&self) -> Vec<String> {
        let mut names: Vec<String> = self.terms.types.keys().cloned().collect();
        names.sort();
        names
    }

    /// Decide a record; the bytes that are to be written since the last `clear`.
    ///
    /// 0 is a doubt: Python has to decide. -1: something is due before it. Nothing has changed then.
    fn take(&mut self, record: &Bound<'_, PyTuple>) -> PyResult<i64> {
        let headers = record.get_item(6)?.cast_into::<PyTuple>()?;
        let Some(headers) = parts_of(&headers)? else {
            return Ok(DOUBT);
        };
        let (topic, key, value) = (
            record.get_item(0)?,
            record.get_item(4)?,
            record.get_item(5)?,
        );
        if key.is_none() || value.is_none() {
            return Ok(DOUBT);
        }
        let record = Record {
            topic: topic.extract()?,
            partition: record.get_item(1)?.extract()?,
            offset: record.get_item(2)?.extract()?,
            timestamp: record.get_item(3)?.extract()?,
            key: key.extract()?,
            value: value.extract()?,
            headers: texts_of(&headers)?,
        };
        if self.persons.is_due(record.timestamp) {
            return Ok(DUE_FIRST);
        }
        let Ok(key) = std::str::from_utf8(record.key) else {
            return Ok(DOUBT);
        };
        let (terms, pending, chain) = (&self.terms, &mut self.pending, &self.chain);
        let (persons, bump) = (&self.persons, emptied(&mut self.bump));
        let decided = if key == facts::NOBODY {
            let stored = |key: &str| persons.get(key);
            guarded(|| lane::count(terms, &record, stored, chain, pending, bump))?
                .map(|(key, taken)| (Cow::Owned(key), taken))
        } else {
            let stored = persons.get(key);
            let taken = guarded(|| lane::decide(terms, &record, stored, chain, pending, bump))?;
            taken.map(|taken| (Cow::Borrowed(key), taken))
        };
        let Some((key, taken)) = decided else {
            return Ok(DOUBT);
        };
        if let Some((state, due)) = taken.next {
            self.persons.store(&key, state, record.timestamp, due);
        }
        self.chain = Chain {
            count: self.chain.count + 1,
            previous: taken.previous,
        };
        let found = self
            .answers
            .iter_mut()
            .find(|(topic, answer, _)| topic == record.topic && *answer == taken.answer);
        match found {
            Some((_, _, count)) => *count += 1,
            None => self
                .answers
                .push((record.topic.to_owned(), taken.answer, 1)),
        }
        Ok(self.pending.value_bytes as i64)
    }

    /// The person who needs a tick at or before an instant, and when; it is taken off the list.
    fn due(&mut self, now: i64) -> Option<(String, i64)> {
        self.persons.due(now)
    }

    /// Say what is due of a person; the kinds of the notices, or None when there is any doubt.
    fn tick(&mut self, key: &str, due: i64) -> PyResult<Option<Vec<String>>> {
        let (terms, pending) = (&self.terms, &mut self.pending);
        let bump = emptied(&mut self.bump);
        let Some(stored) = self.persons.get(key) else {
            return Ok(None);
        };
        let Some(told) = guarded(|| ticks::tell(terms, key, stored, due, pending, bump))? else {
            return Ok(None);
        };
        self.persons.store(key, told.state, due, told.next_due);
        Ok(Some(told.kinds))
    }

    /// Take a state that stands in the log.
    fn restore(&mut self, key: &str, stored: &[u8], due: Option<i64>) {
        self.persons.restore(key, stored.to_vec(), due);
    }

    /// Take a state that Python has made; it is to be written.
    fn store(&mut self, key: &str, stored: &[u8], now: i64, due: Option<i64>) {
        self.persons.store(key, stored.to_vec(), now, due);
    }

    /// When a person needs the next tick.
    fn schedule(&mut self, key: &str, due: Option<i64>) {
        self.persons.schedule(key, due);
    }

    /// The stored state of a person.
    fn state<'py>(&self, py: Python<'py>, key: &str) -> Option<Bound<'py, PyBytes>> {
        self.persons.get(key).map(|stored| PyBytes::new(py, stored))
    }

    /// Put all states that have changed since this was last done.
    fn put_states(&mut self) {
        self.persons.put_changed(&mut self.pending);
    }

    /// How many persons are known, and the bytes of their states.
    #[getter]
    fn known(&self) -> (usize, usize) {
        (self.persons.len(), self.persons.bytes)
    }

    /// Count of the audit entries, and the hash of the last one.
    #[getter]
    fn chain(&self) -> (i64, &str) {
        (self.chain.count, &self.chain.previous)
    }

    #[setter]
    fn set_chain(&mut self, chain: (i64, String)) {
        self.chain = Chain {
            count: chain.0,
            previous: chain.1,
        };
    }

    /// Messages answered since this was last asked, by input topic and answer.
    fn answers(&mut self) -> Vec<(String, &'static str, usize)> {
        let word = |answer| match answer {
            Answer::Accepted => "ACCEPTED",
            Answer::Late => "BR-36",
            Answer::Again => "again",
        };
        let answers = std::mem::take(&mut self.answers).into_iter();
        answers
            .map(|(topic, answer, count)| (topic, word(answer), count))
            .collect()
    }

    /// Put a record that Python has made, behind those already there.
    fn put(
        &mut self,
        topic: &str,
        at: i64,
        key: Option<&[u8]>,
        value: &[u8],
        headers: &Bound<'_, PyTuple>,
    ) -> PyResult<()> {
        let mut texts: Vec<(Bound<PyAny>, Bound<PyAny>)> = Vec::with_capacity(headers.len());
        for header in headers {
            texts.push((header.get_item(0)?, header.get_item(1)?));
        }
        let mut found: Vec<Header> = Vec::with_capacity(texts.len());
        for (name, raw) in &texts {
            let raw: Option<&[u8]> = if raw.is_none() {
                None
            } else {
                Some(raw.extract()?)
            };
            found.push((name.cast::<PyString>()?.to_str()?.as_bytes(), raw));
        }
        self.pending.put(topic, at, key, value, &found);
        Ok(())
    }

    /// Bytes of the values that are to be written.
    #[getter]
    fn pending_bytes(&self) -> usize {
        self.pending.value_bytes
    }

    /// Whether anything is to be written.
    #[getter]
    fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The records to be written, in order; they stay.
    fn records<'py>(&self, py: Python<'py>) -> Vec<Outgoing<'py>> {
        let bytes = |raw: &[u8]| PyBytes::new(py, raw);
        let text = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
        let header = |(name, raw): Header| (text(name), raw.map(bytes));
        let all = self.pending.records();
        all.map(|(topic, at, key, value, headers)| {
            let headers = headers.into_iter().map(header).collect();
            (topic.to_owned(), at, key.map(bytes), bytes(value), headers)
        })
        .collect()
    }

    /// The records to be written, encoded for batches of at most `limit` bytes with their headers
    /// of `head` bytes, for which room is left in front; and the checksum of the records alone.
    fn batches<'py>(
        &self,
        py: Python<'py>,
        limit: usize,
        head: usize,
    ) -> PyResult<Vec<Encoded<'py>>> {
        let encoded = |batch: Batch| {
            let mut crc = 0;
            let buffer = PyByteArray::new_with(py, head + batch.bytes, |place| {
                self.pending.encode(&batch, &mut place[head..]);
                crc = crc32c::crc32c(&place[head..]);
                Ok(())
            })?;
            let (count, first, greatest) = (batch.count(), batch.first, batch.greatest);
            Ok((batch.topic.to_owned(), buffer, crc, count, first, greatest))
        };
        self.pending
            .batches(limit - head)
            .into_iter()
            .map(encoded)
            .collect()
    }

    /// Forget what was to be written.
    fn clear(&mut self) {
        self.pending.clear();
    }
}

fn emptied(bump: &mut Mutex<Bump>) -> &Bump {
    let bump = bump.get_mut().unwrap_or_else(PoisonError::into_inner);
    bump.reset();
    bump
}

/// What a decision gives; a panic in it is a fault like any other, and ends the process. Its text
/// may quote the record, so it is not told.
fn guarded<T>(decide: impl FnOnce() -> T) -> PyResult<T> {
    let decided = std::panic::catch_unwind(std::panic::AssertUnwindSafe(decide));
    decided.map_err(|_| PyRuntimeError::new_err("the express lane has failed"))
}

/// More headers than any event has are left to Python.
const HEADERS_MAX: usize = 16;

/// Names and values of headers, None when there are too many or one has no value.
fn parts_of<'py>(headers: &Bound<'py, PyTuple>) -> PyResult<Option<Vec<Parts<'py>>>> {
    if headers.len() > HEADERS_MAX {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(headers.len());
    for header in headers {
        let raw = header.get_item(1)?;
        if raw.is_none() {
            return Ok(None);
        }
        found.push((header.get_item(0)?, raw));
    }
    Ok(Some(found))
}

fn texts_of<'h>(headers: &'h [Parts]) -> PyResult<Vec<(&'h str, &'h [u8])>> {
    let parts = |(name, raw): &'h Parts| Ok((name.cast::<PyString>()?.to_str()?, raw.extract()?));
    headers.iter().map(parts).collect()
}

/// CRC-32C of a head and what follows it, of which the checksum and the length are known.
#[pyfunction]
fn checksum(head: &[u8], crc: u32, length: usize) -> u32 {
    sums::joined(crc32c::crc32c(head), crc, length)
}

/// The Swedish day at an instant, to be compared with the time zone database.
#[pyfunction]
fn day_at(at: i64) -> i64 {
    time::day_at(at)
}

/// The instant at which a Swedish day begins, to be compared likewise.
#[pyfunction]
fn midnight(day: i64) -> i64 {
    time::midnight(day)
}

#[pymodule]
fn compiled(module: &Bound<'_, PyModule>) -> PyResult<()> {
    #[cfg(feature = "counters")]
    module.add_function(wrap_pyfunction!(counters::counted, module)?)?;
    module.add("TWINS", include_str!("../twins.json"))?;
    module.add_class::<Lane>()?;
    module.add_function(wrap_pyfunction!(checksum, module)?)?;
    module.add_function(wrap_pyfunction!(day_at, module)?)?;
    module.add_function(wrap_pyfunction!(midnight, module)?)
}
