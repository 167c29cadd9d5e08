//! A record to the message in it, or a doubt (`schemas.codec`, `schemas.envelope`, `schemas.binary`).

use crate::ids;
use crate::read::{Obj, Reader, Val, fits, is_key_id, is_traceparent};
use crate::rules::is_complete;
use crate::shape::{Pattern, Shape};
use crate::terms::{Terms, Type};
use crate::time::{self, Instant};
use crate::watch::Watch;

/// More of one value is left to Python.
const VALUE_BYTES_MAX: usize = 65_536;
/// The content type of an event in structured mode.
pub const STRUCTURED: &[u8] = b"application/cloudevents+json";

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

/// The attributes of a message and its data.
pub struct Message<'a, 't> {
    pub kind: &'t Type,
    pub id: &'a str,
    pub source: &'a str,
    pub agency: &'t str,
    pub system: &'t str,
    pub keyid: &'a str,
    pub traceparent: Option<&'a str>,
    pub data: Obj<'a>,
}

impl<'a> Message<'a, '_> {
    pub fn get(&self, shapes: &[Shape], name: &str) -> &Val<'a> {
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

    /// The attributes in which a personal number might stand, and whether each is a UUID, or as
    /// random. The subject is not among them: it has to be the case id, which is looked at in the
    /// data. Nor is the partition key, which has to be the person's, nor the time, which is one.
    fn may_tell(&self) -> [(&'a str, bool); 3] {
        let text = |place: Option<&'a str>| place.unwrap_or("");
        [
            (text(self.id), true),
            (text(self.keyid), false),
            (text(self.traceparent), true),
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
pub struct Read<'a, 't> {
    pub message: Message<'a, 't>,
    pub subject: Option<&'a str>,
    pub partitionkey: &'a str,
    pub texts: Vec<(&'a str, bool)>,
}

/// The message of a record; whose it is has not been looked at.
pub fn read<'a, 't>(terms: &'t Terms, record: &Record<'a>) -> Option<Read<'a, 't>> {
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
        && said
            .datacontenttype
            .is_none_or(|text| text == "application/json")
        && said.keyid.is_none_or(is_key_id)
        && said.traceparent.is_none_or(is_traceparent);
    let own_topic = record
        .topic
        .strip_prefix(agency.as_str())?
        .strip_prefix(".out.")?;
    let keyid = said.keyid.unwrap_or("k1");
    let traceparent = said.traceparent;
    let message = Message {
        kind,
        id,
        source,
        agency,
        system,
        keyid,
        traceparent,
        data,
    };
    let condition = kind.conditional.as_deref();
    let complete = condition.is_none_or(|name| is_complete(name, &message.data, &terms.shapes));
    (well_formed && complete && own_topic == kind.family).then_some(Read {
        message,
        subject: said.subject,
        partitionkey: match said.partitionkey {
            Some(text) => text,
            // A client may have moved it into the record's key, which is compared.
            None => std::str::from_utf8(record.key).ok()?,
        },
        texts: reader.said,
    })
}

/// The message of a record that is about a person, with nothing wrong about identity either.
pub fn message<'a, 't>(terms: &'t Terms, record: &Record<'a>) -> Option<Message<'a, 't>> {
    let read = read(terms, record)?;
    let message = read.message;
    let case_id = message.get(&terms.shapes, "case_id").text()?;
    if message.kind.of_nobody || read.subject? != case_id {
        return None;
    }
    of_the_person(terms, record, &message, read.partitionkey, &read.texts)?;
    Some(message)
}

/// The personal number of a message, if it is about a person.
pub fn number_of<'a>(terms: &Terms, message: &Message<'a, '_>) -> Option<&'a str> {
    message
        .get(&terms.shapes, "person")
        .model()?
        .get(&terms.shapes, "personal_number")
        .text()
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
        && !said
            .iter()
            .any(|(text, is_uuid)| watch.may_tell(text, *is_uuid));
    (right && ids::is_shown(&key)).then_some(())
}
