//! The decision on one record, or a doubt.
//!
//! The steps are those of `gateway.domain.decide` for a message that is plainly good: nothing is
//! wrong with it, it waits for nothing, no rule has anything to say of it but that it is late, it is
//! no correction, and nothing else of the person waits. A doubt is no answer: Python decides then.

use bumpalo::Bump;

use crate::consent::{Reached, ground_for, may_reopen, withdraws};
use crate::deadlines::renewed;
use crate::envelope::{Message, Record, message, number_of, read};
use crate::facts::{Accepted, Counted, NOBODY};
use crate::ids::{hex, packed, partition_of, sha256, uuid5};
use crate::msgpack::write_array;
use crate::pending::Pending;
use crate::person::{Person, confirmed_by};
use crate::receipt::{Receipt, put_delivery, put_quality, write_entry};
use crate::remember::remembered;
use crate::rules::{Check, Situation, builds_on_something, late_registration};
use crate::state::{Entry, First, State, ended, write_waiting};
use crate::terms::Terms;
use crate::time::{self, Day, Instant};
use crate::unfinished;
use crate::watch::Watch;

/// As `ENTRIES_SURE`: so few messages fit into a state whatever they say.
const ENTRIES_SURE: usize = 32;

/// The place in a task's chain of audit entries.
#[derive(Default)]
pub struct Chain {
    pub count: i64,
    pub previous: String,
}

/// How a message was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    Accepted,
    /// With BR-36, the one warning that is given here.
    Late,
    Again,
}

/// What has come of a message besides what is to be written.
pub struct Taken {
    pub answer: Answer,
    /// The next state, and when the person next needs a tick; None when nothing has changed.
    pub next: Option<(Vec<u8>, Option<Instant>)>,
    /// The hash of the audit entry.
    pub previous: String,
}

/// Decide a record; what comes of it is put to `pending`. None is a doubt, with nothing put.
pub fn decide<'a>(
    terms: &'a Terms,
    record: &'a Record<'a>,
    stored: Option<&'a [u8]>,
    chain: &Chain,
    pending: &mut Pending,
    bump: &'a Bump,
) -> Option<Taken> {
    let now = record.timestamp;
    if !time::decided_here(now) {
        return None;
    }
    let message = message(terms, record)?;
    let state = match stored {
        None => State::empty(),
        Some(raw) => State::read(raw, bump)?,
    };
    let id = packed(message.id)?;
    let known = |entry: &&Entry| entry.message_id == id && entry.source == message.source;
    if let Some(before) = state.entries.iter().find(known) {
        return again(record, &message, before, terms, chain, pending, bump);
    }
    if state.entries.len() > ENTRIES_SURE {
        return None;
    }
    let today = time::day_at(now);
    let (ground, late) = judged(terms, &message, &state, today)?;
    let shapes = &terms.shapes;
    let entry = Entry {
        message_id: &id,
        source: message.source,
        type_name: &message.kind.name,
        topic: record.topic,
        assumed: false,
        case_id: message.get(shapes, "case_id").text(),
        round_no: message.get(shapes, "round_no").int().unwrap_or(1),
        day: message.get(shapes, "event_at").day()?,
        tag: message.kind.record.0,
        record: remembered(message.kind, &message.data, shapes, bump),
        effective: true,
        raw: &[],
    };
    if withdraws(&entry) || may_reopen(&Person::new(&state.entries), &entry) {
        return None;
    }
    let judged = Judged {
        ground,
        late,
        today,
    };
    accept(
        terms, record, &message, state, entry, &judged, chain, pending,
    )
}

/// What is said of a message.
struct Judged {
    ground: Reached,
    late: bool,
    today: Day,
}

/// Give the receipt of a repeated message again, as it was given.
fn again(
    record: &Record,
    message: &Message,
    before: &Entry,
    terms: &Terms,
    chain: &Chain,
    pending: &mut Pending,
    bump: &Bump,
) -> Option<Taken> {
    let first = First::read(before.raw, bump)?;
    if first.content != sha256(record.value) || before.case_id.is_none() {
        return None;
    }
    let content = hex(first.content);
    let kind = match first.ground.first()?.text()? {
        "none" => "none",
        "statute" => "statute",
        "consent" => "consent",
        _ => return None,
    };
    let reference = first.ground.get(1)?.text().map(str::to_owned);
    let receipt = Receipt {
        record,
        receipt_id: uuid5(&["receipt", message.source, message.id, &content, "ACCEPTED"]),
        message_id: message.id,
        source: message.source,
        ce_type: format!("se.samverkan.{}.v{}", before.type_name, first.version),
        content,
        reason: None,
        decided_at: first.decided_at,
        ground: &Reached { kind, reference },
        rules_version: first.rules_version,
        case_id: first.case_id,
        topic: before.topic,
        partition: first.partition,
        offset: first.offset,
        duplicate: true,
    };
    receipt.put(pending);
    let previous = receipt.put_audit(chain, &terms.version, pending);
    Some(Taken {
        answer: Answer::Again,
        next: None,
        previous,
    })
}

/// The ground of a message of which no rule has anything to say but, at most, that it is late.
fn judged(terms: &Terms, message: &Message, state: &State, today: Day) -> Option<(Reached, bool)> {
    let shapes = &terms.shapes;
    let case_id = message.get(shapes, "case_id").text()?;
    let round_no = message.get(shapes, "round_no").int().unwrap_or(1);
    let person = Person::new(&state.entries);
    let consent = match message.get(shapes, "consent_ref").text() {
        None => None,
        Some(text) => Some(packed(text)?),
    };
    let consent = consent.as_ref().map(|raw| raw.as_slice());
    let kind = message.kind;
    let ground = ground_for(&person, &kind.grounds, &kind.family, consent, today)?;
    let situation = Situation {
        terms,
        kind,
        data: &message.data,
        agency: message.agency,
        case_id,
        case: person.case(case_id, round_no),
        person,
        day: message.get(shapes, "event_at").day()?,
        today,
    };
    if !builds_on_something(&situation) {
        return None;
    }
    let mut late = false;
    for check in &kind.checks {
        if check(&situation) {
            continue;
        }
        if !std::ptr::fn_addr_eq(*check, late_registration as Check) {
            return None;
        }
        late = true;
    }
    Some((ground, late))
}

/// As in `gateway.domain.counters`: how long and how many ids of a slot are remembered.
const COUNTED_DAYS: i64 = 400;
const COUNTED_MAX: usize = 128;

/// Accept refusals that are counted (BR-28); the key of the slot in which they are remembered, and
/// what has come of it. A slot of which something is to be forgotten is a doubt.
pub fn count<'a>(
    terms: &Terms,
    record: &Record,
    stored: impl Fn(&str) -> Option<&'a [u8]>,
    chain: &Chain,
    pending: &mut Pending,
    bump: &'a Bump,
) -> Option<(String, Taken)> {
    let now = record.timestamp;
    let read = read(terms, record)?;
    let (message, kind) = (&read.message, read.message.kind);
    let watch = Watch::of_nobody();
    let tells = |(text, is_uuid): &(&str, bool)| *text != NOBODY && watch.may_tell(text, *is_uuid);
    let of_nobody = kind.of_nobody
        && read.subject.is_none()
        && read.partitionkey == NOBODY
        && terms.exchange.contains_key(message.keyid)
        && !read.texts.iter().any(tells);
    let right_partition = i64::from(partition_of(record.key, terms.partitions));
    if !of_nobody || !time::decided_here(now) || record.partition != right_partition {
        return None;
    }
    let key = format!(
        "{NOBODY}:{}",
        &hex(&sha256(message.id.as_bytes())[..2])[..3]
    );
    let state = match stored(&key) {
        None => State::empty(),
        Some(raw) => State::read(raw, bump)?,
    };
    let id = packed(message.id)?;
    if state.entries.len() >= COUNTED_MAX {
        return None;
    }
    for before in &state.entries {
        let first = First::read(before.raw, bump)?;
        let stays = first.decided_at >= now - COUNTED_DAYS * time::DAY_MS;
        if !stays || (before.message_id == id && before.source == message.source) {
            return None;
        }
    }
    let shapes = &terms.shapes;
    let today = time::day_at(now);
    let month = message.get(shapes, "month").text()?.as_bytes();
    let (year, month) = (time::digits(&month[..4])?, time::digits(&month[5..])?);
    let last = time::day_of_date(year, month, time::month_days(year, month));
    let said = message.get(shapes, "event_at");
    let day = said.day().unwrap_or(last);
    let begun = said.day().unwrap_or(time::day_of_date(year, month, 1));
    let silent = kind.checks.len() == ALWAYS
        && kind.senders.iter().any(|sender| sender == message.agency)
        && begun <= today
        && today - day <= terms.limits.late_days;
    let ground = ground_for(&Person::new(&[]), &kind.grounds, &kind.family, None, today)?;
    if !silent {
        return None;
    }
    let digest = sha256(record.value);
    let receipt = Receipt::first(terms, record, message, &digest, None, &ground, None);
    let entry = Entry {
        message_id: &id,
        source: message.source,
        type_name: &kind.name,
        topic: record.topic,
        assumed: false,
        case_id: None,
        round_no: 1,
        day,
        tag: kind.record.0,
        record: &[],
        effective: true,
        raw: &[],
    };
    let mut next = Vec::with_capacity(state.raw_entries.len() + 400);
    state.write_entries_and(1, &mut next);
    write_entry(&mut next, &receipt, message, &entry, &digest);
    write_waiting(&mut next, &[]);
    write_array(&mut next, 0);
    state.write_unfinished(None, &mut next);
    let next = ended(next)?;
    receipt.put(pending);
    let previous = receipt.put_audit(chain, &terms.version, pending);
    put_delivery(&receipt, message, pending);
    let counted = Counted {
        terms,
        kind,
        data: &message.data,
        message_id: message.id,
        source: message.source,
        system: message.system,
        day,
        now,
        today,
    };
    counted.put(pending);
    Some((
        key,
        Taken {
            answer: Answer::Accepted,
            next: Some((next, None)),
            previous,
        },
    ))
}

/// How many rules are checked on every message; of refusals that are counted no others are.
const ALWAYS: usize = 3;

#[allow(clippy::too_many_arguments)] // what a decision needs, borrowed for its time
fn accept<'a>(
    terms: &'a Terms,
    record: &Record<'a>,
    message: &Message<'a, 'a>,
    mut state: State<'a>,
    entry: Entry<'a>,
    judged: &Judged,
    chain: &Chain,
    pending: &mut Pending,
) -> Option<Taken> {
    let (now, today) = (record.timestamp, judged.today);
    state.entries.push(entry);
    let (entry, before) = state.entries.split_last()?;
    let person = Person::new(&state.entries);
    let deadlines = renewed(&person, &state, terms, now, today)?;
    let digest = sha256(record.value);
    let reason = judged.late.then_some(&terms.late_reason);
    let (ground, case_id) = (&judged.ground, entry.case_id);
    let receipt = Receipt::first(terms, record, message, &digest, reason, ground, case_id);
    let case = person.case(entry.case_id.unwrap_or(""), entry.round_no);
    let fact = Accepted {
        terms,
        kind: message.kind,
        data: &message.data,
        entry,
        person: &person,
        case: &case,
        confirms: message
            .kind
            .joint
            .then(|| confirmed_by(before, entry))
            .flatten(),
        message_id: message.id,
        person_key: std::str::from_utf8(record.key).ok()?,
        number: number_of(terms, message)?,
        system: message.system,
        now,
        today,
        late: judged.late,
    };
    // Facts that are told again are Python's.
    if state.unfinished > 0 && unfinished::learns(before, &person, entry) {
        return None;
    }
    let unfinished = fact.unfinished();
    if let Some(one) = &unfinished
        && !unfinished::has_room(&state, one)
    {
        return None;
    }
    let mut next = Vec::with_capacity(state.raw_entries.len() + 800);
    state.write_entries(&mut next);
    write_entry(&mut next, &receipt, message, entry, &digest);
    write_waiting(&mut next, &deadlines);
    next.extend_from_slice(state.raw_said);
    state.write_unfinished(unfinished.as_deref(), &mut next);
    let next = ended(next)?;
    receipt.put(pending);
    let previous = receipt.put_audit(chain, &terms.version, pending);
    if judged.late {
        put_quality(terms, record, message, pending);
    }
    put_delivery(&receipt, message, pending);
    fact.put(pending);
    let due = deadlines.iter().map(|deadline| deadline.due).min();
    let answer = if judged.late {
        Answer::Late
    } else {
        Answer::Accepted
    };
    Some(Taken {
        answer,
        next: Some((next, due)),
        previous,
    })
}
