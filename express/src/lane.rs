//! One record from its bytes to everything that is written of it, or a doubt.
//!
//! The steps are those of `gateway.domain.decide` for a message that is plainly good: nothing is
//! wrong with it, it waits for nothing, no rule has anything to say of it, it is no correction,
//! and nothing else of the person waits. A doubt is no answer: Python decides then.

use bumpalo::Bump;

use crate::consent::{Reached, ground_for, withdraws};
use crate::deadlines::renewed;
use crate::facts::{Accepted, Counted, NOBODY, Warned};
use crate::ids::{self, hex, packed, sha256, uuid5};
use crate::json::Json;
use crate::msgpack::{
    Stored, write, write_array, write_bytes, write_int, write_optional_text, write_text,
};
use crate::pending::{Header, Pending};
use crate::person::{Person, confirmed_by};
use crate::read::{Obj, Reader, Val, Watch, fits, is_key_id, is_traceparent};
use crate::shape::Pattern;
use crate::rules::{Check, Situation, builds_on_something, is_complete, late_registration};
use crate::shape::Shape;
use crate::state::{Entry, First, STATE_VERSION, State, write_waiting};
use crate::terms::{Copy, Terms, Type};
use crate::time::{self, Day, Instant};

/// More of one value is left to Python.
const VALUE_BYTES_MAX: usize = 65_536;
/// As `ENTRIES_SURE`: so few messages fit into a state whatever they say.
const ENTRIES_SURE: usize = 32;
const STRUCTURED: &[u8] = b"application/cloudevents+json";

/// A record as Kafka gave it; all its headers have a value.
pub struct Record<'a> {
    pub topic: &'a str,
    pub partition: i64,
    pub offset: i64,
    pub timestamp: Instant,
    pub key: &'a [u8],
    pub value: &'a [u8],
    pub headers: Vec<(&'a str, &'a [u8])>,
}

impl Record<'_> {
    /// Whether the headers say nothing but that the value is a structured event.
    fn is_structured(&self) -> bool {
        self.headers == [("content-type", STRUCTURED)]
    }
}

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

/// The attributes of a message and its data.
struct Message<'a, 't> {
    kind: &'t Type,
    id: &'a str,
    source: &'a str,
    agency: &'t str,
    system: &'t str,
    keyid: &'a str,
    traceparent: Option<&'a str>,
    data: Obj<'a>,
}

impl<'a> Message<'a, '_> {
    fn get(&self, shapes: &[Shape], name: &str) -> &Val<'a> {
        self.data.get(shapes, name)
    }
}

/// What the structured document says, as far as it is plainly good.
#[derive(Default)]
struct Said<'a> {
    specversion: Option<&'a str>,
    id: Option<&'a str>,
    source: Option<&'a str>,
    kind: Option<&'a str>,
    subject: Option<&'a str>,
    time: Option<&'a str>,
    datacontenttype: Option<&'a str>,
    partitionkey: Option<&'a str>,
    keyid: Option<&'a str>,
    traceparent: Option<&'a str>,
    data: Option<Obj<'a>>,
}

fn once<'a>(place: &mut Option<&'a str>, text: &'a str) -> Option<()> {
    place.replace(text).is_none().then_some(())
}

impl<'a> Said<'a> {
    /// Take an attribute; None when it is not known here, or there twice.
    fn attribute(&mut self, name: &str, text: &'a str) -> Option<()> {
        match name {
            "specversion" => once(&mut self.specversion, text),
            "id" => once(&mut self.id, text),
            "source" => once(&mut self.source, text),
            "type" => once(&mut self.kind, text),
            "subject" => once(&mut self.subject, text),
            "time" => once(&mut self.time, text),
            "datacontenttype" => once(&mut self.datacontenttype, text),
            "partitionkey" => once(&mut self.partitionkey, text),
            "keyid" => once(&mut self.keyid, text),
            "traceparent" => once(&mut self.traceparent, text),
            _ => None,
        }
    }

    /// The attributes in which a personal number might stand, and whether each is a UUID. The
    /// subject is not among them: it has to be the case id, which is looked at in the data.
    fn may_tell(&self) -> [(&'a str, bool); 5] {
        let text = |place: Option<&'a str>| place.unwrap_or("");
        [
            (text(self.id), true),
            (text(self.time), false),
            (text(self.partitionkey), false),
            (text(self.keyid), false),
            (text(self.traceparent), false),
        ]
    }
}

/// An event in structured mode: all of it is in the value.
fn structured<'a>(reader: &mut Reader<'a, '_>, terms: &Terms) -> Option<Said<'a>> {
    let mut said = Said::default();
    reader.take(b'{')?;
    let mut first = true;
    while let Some(name) = reader.name(&mut first)? {
        if name == "data" {
            let kind = terms.types.get(said.kind?)?;
            let data = reader.model(kind.shape)?;
            if said.data.replace(data).is_some() {
                return None;
            }
        } else {
            let text = reader.text()?;
            said.attribute(name, text)?;
        }
    }
    reader.ended().then_some(said)
}

/// An event in binary mode: the attributes are in the headers, the value is the data.
fn binary<'a>(
    reader: &mut Reader<'a, '_>,
    terms: &Terms,
    headers: &[(&'a str, &'a [u8])],
) -> Option<Said<'a>> {
    let mut said = Said::default();
    for (header, raw) in headers {
        let text = std::str::from_utf8(raw).ok()?;
        let name = match *header {
            "content-type" => "datacontenttype",
            // It has a name of its own, the content type.
            "ce_datacontenttype" => return None,
            other => other.strip_prefix("ce_")?,
        };
        said.attribute(name, text)?;
    }
    let kind = terms.types.get(said.kind?)?;
    reader.blank();
    said.data = Some(reader.model(kind.shape)?);
    reader.ended().then_some(said)
}

/// A message with nothing wrong about envelope and schema, and what its texts are.
struct Read<'a, 't> {
    message: Message<'a, 't>,
    subject: Option<&'a str>,
    partitionkey: &'a str,
    texts: Vec<(&'a str, bool)>,
}

/// The message of a record; whose it is has not been looked at.
fn read<'a, 't>(terms: &'t Terms, record: &Record<'a>) -> Option<Read<'a, 't>> {
    let value = record.value;
    if value.len() > VALUE_BYTES_MAX || !value.is_ascii() {
        return None;
    }
    let mut reader = Reader::new(std::str::from_utf8(value).ok()?, &terms.shapes);
    let said = if record.is_structured() {
        structured(&mut reader, terms)?
    } else {
        binary(&mut reader, terms, &record.headers)?
    };
    let kind = terms.types.get(said.kind?)?;
    reader.said.extend(said.may_tell());
    let (id, source, data) = (said.id?, said.source?, said.data?);
    let (agency, system) = terms.sources.get(source)?;
    let well_formed = said.specversion? == "1.0"
        && fits(id, Pattern::Uuid)
        && time::parse_moment(said.time?).is_some()
        && said.datacontenttype? == "application/json"
        && said.keyid.is_none_or(is_key_id)
        && said.traceparent.is_none_or(is_traceparent);
    let own_topic = record.topic.strip_prefix(agency.as_str())?.strip_prefix(".out.")?;
    let keyid = said.keyid.unwrap_or("k1");
    let traceparent = said.traceparent;
    let message = Message { kind, id, source, agency, system, keyid, traceparent, data };
    let condition = kind.conditional.as_deref();
    let complete =
        condition.is_none_or(|name| is_complete(name, &message.data, &terms.shapes));
    (well_formed && complete && own_topic == kind.family).then_some(Read {
        message,
        subject: said.subject,
        partitionkey: said.partitionkey?,
        texts: reader.said,
    })
}

/// The message of a record that is about a person, with nothing wrong about identity either.
fn message<'a, 't>(terms: &'t Terms, record: &Record<'a>) -> Option<Message<'a, 't>> {
    let read = read(terms, record)?;
    let message = read.message;
    let case_id = message.get(&terms.shapes, "case_id").text()?;
    if message.kind.of_nobody || read.subject? != case_id {
        return None;
    }
    of_the_person(terms, record, &message, read.partitionkey, &read.texts)?;
    Some(message)
}

fn number_of<'a>(terms: &Terms, message: &Message<'a, '_>) -> Option<&'a str> {
    message.get(&terms.shapes, "person").model()?.get(&terms.shapes, "personal_number").text()
}

/// Whether key and partition are the person's, and the number stands nowhere else.
fn of_the_person(
    terms: &Terms,
    record: &Record,
    message: &Message,
    partitionkey: &str,
    said: &[(&str, bool)],
) -> Option<()> {
    let number = number_of(terms, message)?;
    let key = terms.exchange.get(message.keyid)?.key_of(&[number]);
    let watch = Watch::of(number);
    let right = partitionkey == key
        && record.key == key.as_bytes()
        && i64::from(ids::partition_of(record.key, terms.partitions)) == record.partition
        && !said.iter().any(|(text, is_uuid)| watch.may_tell(text, *is_uuid));
    (right && ids::is_shown(&key)).then_some(())
}

/// What an accepted message leaves in the state.
fn remembered<'a>(
    kind: &Type,
    data: &Obj<'a>,
    shapes: &[Shape],
    bump: &'a Bump,
) -> &'a [Stored<'a>] {
    let model = |n: usize, name: &str| data.values[n].model().map(|model| model.get(shapes, name));
    let of = |value: Option<&Val<'a>>| value.map_or(Stored::Nil, |value| stored(value, bump));
    let copied = |copy: &Copy| match copy {
        Copy::Nothing => Stored::Nil,
        Copy::Plain(n) => stored(&data.values[*n], bump),
        Copy::Periods(n) => {
            let names = ["benefit", "extent", "from_", "to"];
            models(&data.values[*n], shapes, &names, bump)
        }
        Copy::Purposes(n) => models(&data.values[*n], shapes, &["purpose", "status"], bump),
        Copy::NeedAssessed(n) => of(model(*n, "assessed")),
        Copy::Percent(n) => of(model(*n, "percent")),
    };
    bump.alloc_slice_fill_iter(kind.record.1.iter().map(copied))
}

fn stored<'a>(value: &Val<'a>, bump: &'a Bump) -> Stored<'a> {
    match value {
        Val::None | Val::Model(_) => Stored::Nil,
        Val::Text(text) => Stored::Text(text),
        Val::Bool(value) => Stored::Bool(*value),
        Val::Int(value) => Stored::Int(*value),
        Val::Float(value) => Stored::Float(*value),
        Val::Date(day) => Stored::Int(*day),
        Val::Moment(moment) => Stored::Int(moment.day),
        Val::List(items) => {
            let items = items.iter().map(|item| stored(item, bump));
            Stored::List(bump.alloc_slice_fill_iter(items))
        }
    }
}

fn models<'a>(
    value: &Val<'a>,
    shapes: &[Shape],
    names: &[&str],
    bump: &'a Bump,
) -> Stored<'a> {
    if value.is_none() {
        return Stored::Nil;
    }
    let fields = |item: &Val<'a>| {
        let model = item.model();
        let field = |name: &&str| model.map_or(Stored::Nil, |m| stored(m.get(shapes, name), bump));
        Stored::List(bump.alloc_slice_fill_iter(names.iter().map(field)))
    };
    Stored::List(bump.alloc_slice_fill_iter(value.list().iter().map(fields)))
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
    if withdraws(&entry) {
        return None;
    }
    let judged = Judged { ground, late, today };
    accept(terms, record, &message, state, entry, &judged, chain, pending)
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
    let name = format!("receipt|{}|{}|{content}|ACCEPTED", message.source, message.id);
    let kind = match first.ground.first()?.text()? {
        "none" => "none",
        "statute" => "statute",
        "consent" => "consent",
        _ => return None,
    };
    let reference = first.ground.get(1)?.text().map(str::to_owned);
    let receipt = Receipt {
        record,
        receipt_id: uuid5(&name),
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
    Some(Taken { answer: Answer::Again, next: None, previous })
}

/// The ground of a message of which no rule has anything to say but, at most, that it is late.
fn judged(
    terms: &Terms,
    message: &Message,
    state: &State,
    today: Day,
) -> Option<(Reached, bool)> {
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
    let late = !late_registration(&situation);
    let is_silent = |check: &Check| {
        check(&situation) || (late && std::ptr::fn_addr_eq(*check, late_registration as Check))
    };
    let silent = builds_on_something(&situation) && kind.checks.iter().all(is_silent);
    silent.then_some((ground, late))
}

/// Accept refusals that are counted (BR-28); the key of what is remembered, and what has come of
/// it. They are about nobody, so that each is remembered by itself.
pub fn count(
    terms: &Terms,
    record: &Record,
    known: impl Fn(&str) -> bool,
    chain: &Chain,
    pending: &mut Pending,
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
    let key = format!("{NOBODY}:{}", message.id);
    if !of_nobody || !time::decided_here(now) || known(&key) {
        return None;
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
    let content = hex(&digest);
    let name = format!("receipt|{}|{}|{content}|ACCEPTED", message.source, message.id);
    let receipt = Receipt {
        record,
        receipt_id: uuid5(&name),
        message_id: message.id,
        source: message.source,
        ce_type: kind.ce_type.clone(),
        content,
        reason: None,
        decided_at: now,
        ground: &ground,
        rules_version: &terms.version,
        case_id: None,
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        duplicate: false,
    };
    let id = packed(message.id)?;
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
    receipt.put(pending);
    let previous = receipt.put_audit(chain, &terms.version, pending);
    put_delivery(&receipt, message, pending);
    let counted = Counted {
        terms,
        kind,
        data: &message.data,
        message_id: message.id,
        system: message.system,
        day,
        now,
        today,
    };
    counted.put(pending);
    let mut next = Vec::with_capacity(400);
    write_array(&mut next, 5);
    write_int(&mut next, STATE_VERSION);
    write_array(&mut next, 1);
    write_entry(&mut next, &receipt, message, &entry, &digest);
    write_waiting(&mut next, &[]);
    write_array(&mut next, 0);
    Some((key, Taken { answer: Answer::Accepted, next: Some((next, None)), previous }))
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
    let content = hex(&digest);
    let status = if judged.late { WARNED } else { "ACCEPTED" };
    let name = format!("receipt|{}|{}|{content}|{status}", message.source, message.id);
    let receipt = Receipt {
        record,
        receipt_id: uuid5(&name),
        message_id: message.id,
        source: message.source,
        ce_type: message.kind.ce_type.clone(),
        content,
        reason: judged.late.then_some(&terms.late_reason),
        decided_at: now,
        ground: &judged.ground,
        rules_version: &terms.version,
        case_id: entry.case_id,
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        duplicate: false,
    };
    let case = person.case(entry.case_id.unwrap_or(""), entry.round_no);
    let fact = Accepted {
        terms,
        kind: message.kind,
        data: &message.data,
        entry,
        person: &person,
        case: &case,
        confirms: confirmed_by(before, entry),
        message_id: message.id,
        number: number_of(terms, message)?,
        system: message.system,
        now,
        today,
        late: judged.late,
    };
    receipt.put(pending);
    let previous = receipt.put_audit(chain, &terms.version, pending);
    if judged.late {
        put_quality(record, message, pending);
    }
    put_delivery(&receipt, message, pending);
    put_fact(&fact, pending);
    let mut next = Vec::with_capacity(state.raw_entries.len() + 800);
    state.write_entries(&mut next);
    write_entry(&mut next, &receipt, message, entry, &digest);
    write_waiting(&mut next, &deadlines);
    next.extend_from_slice(state.raw_said);
    let due = deadlines.iter().map(|deadline| deadline.due).min();
    let answer = if judged.late { Answer::Late } else { Answer::Accepted };
    Some(Taken { answer, next: Some((next, due)), previous })
}

/// Begin a CloudEvent of the gateway's own, up to the name of its data.
pub fn event(json: &mut Json, id: &str, kind: &str, now: Instant, key: &str) {
    json.open(b'{');
    json.text_member("specversion", "1.0");
    json.text_member("id", id);
    json.text_member("source", "urn:samverkan:gateway");
    json.text_member("type", kind);
    json.instant_member("time", now);
    json.text_member("datacontenttype", "application/json");
    json.text_member("partitionkey", key);
    json.name("data");
}

pub const STRUCTURED_ONLY: [Header<'static>; 1] = [(b"content-type", Some(STRUCTURED))];

const DUPLICATE: [Header<'static>; 2] = [STRUCTURED_ONLY[0], (b"gw-duplicate", Some(b"true"))];
const WARNED: &str = "ACCEPTED_WITH_WARNING";

/// Where what an agency sends is delivered.
fn destination(topic: &str) -> String {
    let receiver = if &topic[..2] == "fk" { "af" } else { "fk" };
    format!("{receiver}.in.{}", topic.rsplit('.').next().unwrap_or(""))
}

/// The answer to an accepted message; topic, partition and offset are those of the first record.
struct Receipt<'r> {
    record: &'r Record<'r>,
    receipt_id: String,
    message_id: &'r str,
    source: &'r str,
    ce_type: String,
    content: String,
    /// The one warning, as it stands in receipts.
    reason: Option<&'r String>,
    decided_at: Instant,
    ground: &'r Reached,
    rules_version: &'r str,
    case_id: Option<&'r str>,
    topic: &'r str,
    partition: i64,
    offset: i64,
    duplicate: bool,
}

impl Receipt<'_> {
    fn status(&self) -> &'static str {
        if self.reason.is_some() { WARNED } else { "ACCEPTED" }
    }

    fn ground(&self, json: &mut Json) {
        json.name("ground");
        json.open(b'{');
        json.text_member("kind", self.ground.kind);
        json.optional_member("reference", self.ground.reference.as_deref());
        json.close(b'}');
    }

    fn place(&self, json: &mut Json) {
        json.text_member("topic", self.topic);
        json.int_member("partition", self.partition);
        json.int_member("offset", self.offset);
    }

    fn put(&self, pending: &mut Pending) {
        let topic = format!("{}.receipts", &self.topic[..2]);
        let headers = if self.duplicate { &DUPLICATE[..] } else { &STRUCTURED_ONLY[..] };
        let (now, key) = (self.record.timestamp, Some(self.record.key));
        pending.write(&topic, now, key, headers, |out| self.write(out));
    }

    fn write(&self, out: &mut Vec<u8>) {
        let key = std::str::from_utf8(self.record.key).unwrap_or("");
        let mut json = Json::new(out);
        event(&mut json, &self.receipt_id, "se.samverkan.receipt.v1", self.decided_at, key);
        json.open(b'{');
        json.text_member("message_id", self.message_id);
        json.text_member("message_source", self.source);
        json.text_member("message_type", &self.ce_type);
        json.text_member("content_sha256", &self.content);
        json.text_member("status", self.status());
        json.name("reasons");
        json.open(b'[');
        json.raw(self.reason.map_or("", String::as_str));
        json.close(b']');
        json.instant_member("decided_at", self.decided_at);
        json.optional_member("held_until", None);
        json.name("delivered_to");
        json.open(b'[');
        json.item();
        json.text(&destination(self.topic));
        json.close(b']');
        self.ground(&mut json);
        json.text_member("rules_version", self.rules_version);
        json.optional_member("case_id", self.case_id);
        self.place(&mut json);
        json.close(b'}');
        if self.case_id.is_some() {
            json.optional_member("subject", self.case_id);
        }
        json.close(b'}');
    }

    fn put_audit(&self, chain: &Chain, agreement: &str, pending: &mut Pending) -> String {
        let write = |out: &mut Vec<u8>| self.audit(chain, agreement, out);
        let now = self.record.timestamp;
        hex(&sha256(pending.write("gateway.audit", now, None, &[], write)))
    }

    fn audit(&self, chain: &Chain, agreement: &str, out: &mut Vec<u8>) {
        let record = self.record;
        let mut json = Json::new(out);
        json.open(b'{');
        json.int_member("number", chain.count + 1);
        json.instant_member("at", record.timestamp);
        let cause = format!("{}/{}/{}", record.topic, record.partition, record.offset);
        json.text_member("cause", &cause);
        self.place(&mut json);
        json.text_member("content_sha256", &self.content);
        json.text_member("verdict", self.status());
        json.name("codes");
        json.raw(if self.reason.is_some() { "[\"BR-36\"]" } else { "[]" });
        json.truth_member("duplicate", self.duplicate);
        self.ground(&mut json);
        json.text_member("receipt_id", &self.receipt_id);
        json.text_member("agreement", agreement);
        json.text_member("previous_sha256", &chain.previous);
        json.close(b'}');
    }
}

fn put_delivery(receipt: &Receipt, message: &Message, pending: &mut Pending) {
    let record = receipt.record;
    let mut accepted_at = Vec::with_capacity(24);
    time::write_rfc3339(&mut accepted_at, receipt.decided_at);
    let ground = match &receipt.ground.reference {
        None => receipt.ground.kind.to_owned(),
        Some(reference) => format!("{}:{reference}", receipt.ground.kind),
    };
    let span = receipt.receipt_id.replace('-', "");
    let trace = match message.traceparent {
        None => format!("00-{span}-{}-01", &span[16..]),
        Some(event) => format!("00-{}-{}-{}", &event[3..35], &span[16..], &event[53..]),
    };
    let own = record.headers.iter().map(|(name, raw)| (name.as_bytes(), Some(*raw)));
    let mut headers: Vec<Header> = Vec::with_capacity(record.headers.len() + 5);
    headers.extend(own);
    headers.extend([
        (&b"gw-receipt-id"[..], Some(receipt.receipt_id.as_bytes())),
        (b"gw-accepted-at", Some(&accepted_at)),
        (b"gw-ground", Some(ground.as_bytes())),
        (b"gw-person-key", Some(record.key)),
        (b"traceparent", Some(trace.as_bytes())),
    ]);
    let topic = destination(record.topic);
    pending.put(&topic, receipt.decided_at, Some(record.key), record.value, &headers);
}

fn put_fact(fact: &Accepted, pending: &mut Pending) {
    let key = fact.key();
    let shown = key.as_deref().unwrap_or(NOBODY);
    let write = |out: &mut Vec<u8>| {
        let mut json = Json::new(out);
        event(&mut json, fact.message_id, "se.samverkan.followup.v1", fact.now, shown);
        fact.write(&mut json, key.as_deref());
        json.close(b'}');
    };
    let put = Some(shown.as_bytes());
    pending.write("followup.events", fact.now, put, &STRUCTURED_ONLY, write);
}

/// The count of a message that came late, for the quality statistics.
fn put_quality(record: &Record, message: &Message, pending: &mut Pending) {
    let place = format!("{}|{}|{}", record.topic, record.partition, record.offset);
    let warned = Warned {
        reference: format!("quality.warned|{place}"),
        rule: "BR-36",
        type_name: &message.kind.name,
        agency: message.agency,
        now: record.timestamp,
    };
    warned.put(pending);
}

/// The stored form of what is remembered of an accepted message.
fn write_entry(
    out: &mut Vec<u8>,
    receipt: &Receipt,
    message: &Message,
    entry: &Entry,
    digest: &[u8],
) {
    write_array(out, 20);
    write_bytes(out, entry.message_id);
    write_text(out, entry.source);
    write_bytes(out, digest);
    write_text(out, entry.type_name);
    write_int(out, message.kind.version);
    write_text(out, receipt.topic);
    write_int(out, receipt.partition);
    write_int(out, receipt.offset);
    write_int(out, receipt.decided_at);
    write_text(out, receipt.rules_version);
    write_text(out, receipt.status());
    if receipt.reason.is_some() {
        write_array(out, 1);
        write_array(out, 4);
        for text in ["BR-36", "warning", "data.event_at", ""] {
            write_text(out, text);
        }
    } else {
        write_array(out, 0);
    }
    write_array(out, 2);
    write_text(out, receipt.ground.kind);
    write_optional_text(out, receipt.ground.reference.as_deref());
    write_optional_text(out, entry.case_id);
    write_int(out, entry.round_no);
    write_int(out, entry.day);
    write_array(out, entry.record.len() + 1);
    write_int(out, entry.tag);
    entry.record.iter().for_each(|value| write(out, value));
    write_int(out, 1);
    write(out, &Stored::Bool(false));
    write(out, &Stored::Nil);
}
