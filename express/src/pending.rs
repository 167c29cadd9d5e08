//! Records to be written in the next transaction, and Kafka's form of them (record batch v2).

use std::ops::Range;

/// Where a part stands in the arena.
type Part = Range<usize>;

/// A record: where its parts stand.
struct Written {
    topic: usize,
    at: i64,
    key: Option<Part>,
    value: Part,
    /// Among the headers of all records.
    headers: Range<usize>,
}

/// A header: name and value.
pub type Header<'h> = (&'h [u8], Option<&'h [u8]>);
/// A record as it was put: topic, instant, key, value, headers.
pub type Put<'p> = (&'p str, i64, Option<&'p [u8]>, &'p [u8], Vec<Header<'p>>);
/// A batch to come: its topic, its records, their bytes, first and greatest instant.
pub struct Batch<'b> {
    pub topic: &'b str,
    records: Vec<&'b Written>,
    pub bytes: usize,
    pub first: i64,
    pub greatest: i64,
}

impl Batch<'_> {
    pub fn count(&self) -> usize {
        self.records.len()
    }
}

/// A place of a known length that is filled from its beginning.
struct Slot<'s> {
    place: &'s mut [u8],
    at: usize,
}

impl Slot<'_> {
    fn byte(&mut self, byte: u8) {
        self.place[self.at] = byte;
        self.at += 1;
    }

    fn bytes(&mut self, raw: &[u8]) {
        self.place[self.at..self.at + raw.len()].copy_from_slice(raw);
        self.at += raw.len();
    }

    /// A zigzag varint.
    fn varint(&mut self, value: i64) {
        let mut rest = zigzag(value);
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }
}

/// What was decided since the last transaction began, in order.
#[derive(Default)]
pub struct Pending {
    arena: Vec<u8>,
    topics: Vec<String>,
    headers: Vec<(Part, Option<Part>)>,
    written: Vec<Written>,
    pub value_bytes: usize,
}

impl Pending {
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    fn keep(&mut self, raw: &[u8]) -> Part {
        let start = self.arena.len();
        self.arena.extend_from_slice(raw);
        start..self.arena.len()
    }

    /// Put a record whose value is there already.
    pub fn put(
        &mut self,
        topic: &str,
        at: i64,
        key: Option<&[u8]>,
        value: &[u8],
        headers: &[Header],
    ) {
        self.write(topic, at, key, headers, |arena| {
            arena.extend_from_slice(value)
        });
    }

    /// Put a record whose value is written in its place; the value is the answer.
    pub fn write(
        &mut self,
        topic: &str,
        at: i64,
        key: Option<&[u8]>,
        headers: &[Header],
        value: impl FnOnce(&mut Vec<u8>),
    ) -> &[u8] {
        let found = self.topics.iter().position(|known| known == topic);
        let topic = found.unwrap_or_else(|| {
            self.topics.push(topic.to_owned());
            self.topics.len() - 1
        });
        let key = key.map(|raw| self.keep(raw));
        let start = self.arena.len();
        value(&mut self.arena);
        let value = start..self.arena.len();
        let first = self.headers.len();
        for (name, raw) in headers {
            let header = (self.keep(name), raw.map(|raw| self.keep(raw)));
            self.headers.push(header);
        }
        self.value_bytes += value.len();
        let headers = first..self.headers.len();
        self.written.push(Written {
            topic,
            at,
            key,
            value: value.clone(),
            headers,
        });
        &self.arena[value]
    }

    pub fn clear(&mut self) {
        self.arena.clear();
        self.headers.clear();
        self.written.clear();
        self.value_bytes = 0;
    }

    fn part(&self, range: &Part) -> &[u8] {
        &self.arena[range.clone()]
    }

    /// The records as they were put.
    pub fn records(&self) -> impl Iterator<Item = Put<'_>> {
        self.written.iter().map(|record| {
            let headers = self.headers[record.headers.clone()].iter();
            let headers = headers
                .map(|(name, raw)| (self.part(name), raw.as_ref().map(|raw| self.part(raw))));
            let key = record.key.as_ref().map(|key| self.part(key));
            let topic = self.topics[record.topic].as_str();
            (
                topic,
                record.at,
                key,
                self.part(&record.value),
                headers.collect(),
            )
        })
    }

    /// Everything as batches of at most `limit` bytes, topic by topic, each in order.
    pub fn batches(&self, limit: usize) -> Vec<Batch<'_>> {
        let mut of_topic: Vec<Vec<&Written>> = vec![Vec::new(); self.topics.len()];
        for record in &self.written {
            of_topic[record.topic].push(record);
        }
        let mut found = Vec::new();
        for (topic, records) in self.topics.iter().zip(of_topic) {
            let mut rest = records.as_slice();
            while !rest.is_empty() {
                let (count, bytes) = self.fitting(rest, limit);
                let (now, later) = rest.split_at(count);
                let first = now[0].at;
                let greatest = now.iter().map(|record| record.at).fold(first, i64::max);
                let records = now.to_vec();
                found.push(Batch {
                    topic,
                    records,
                    bytes,
                    first,
                    greatest,
                });
                rest = later;
            }
        }
        found
    }

    /// Write a batch's records into a place of just their length.
    pub fn encode(&self, batch: &Batch, place: &mut [u8]) {
        let mut slot = Slot { place, at: 0 };
        for (n, record) in batch.records.iter().enumerate() {
            self.encode_record(&mut slot, record, batch.first, n as i64);
        }
    }

    /// How many of the records, one at least, fit into a batch, and their bytes.
    fn fitting(&self, records: &[&Written], limit: usize) -> (usize, usize) {
        let base = records[0].at;
        let mut bytes = 0;
        for (place, record) in records.iter().enumerate() {
            let body = self.body(record, base, place as i64);
            let more = length(body as i64) + body;
            if place > 0 && bytes + more > limit {
                return (place, bytes);
            }
            bytes += more;
        }
        (records.len(), bytes)
    }

    /// The bytes of a record after its length.
    fn body(&self, record: &Written, base: i64, place: i64) -> usize {
        let of =
            |part: Option<&Part>| part.map_or(1, |part| length(part.len() as i64) + part.len());
        let headers = &self.headers[record.headers.clone()];
        let each = headers
            .iter()
            .map(|(name, raw)| of(Some(name)) + of(raw.as_ref()));
        1 + length(record.at - base)
            + length(place)
            + of(record.key.as_ref())
            + of(value_of(record))
            + length(headers.len() as i64)
            + each.sum::<usize>()
    }

    fn encode_record(&self, out: &mut Slot, record: &Written, base: i64, place: i64) {
        out.varint(self.body(record, base, place) as i64);
        out.byte(0);
        out.varint(record.at - base);
        out.varint(place);
        self.part_of(out, record.key.as_ref());
        self.part_of(out, value_of(record));
        out.varint(record.headers.len() as i64);
        for (name, raw) in &self.headers[record.headers.clone()] {
            self.part_of(out, Some(name));
            self.part_of(out, raw.as_ref());
        }
    }

    fn part_of(&self, out: &mut Slot, part: Option<&Part>) {
        match part {
            None => out.varint(-1),
            Some(range) => {
                out.varint(range.len() as i64);
                out.bytes(self.part(range));
            }
        }
    }
}

/// The value of a record; none is Kafka's own way to end a key.
fn value_of(record: &Written) -> Option<&Part> {
    Some(&record.value).filter(|value| !value.is_empty())
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// How many bytes a zigzag varint takes.
fn length(value: i64) -> usize {
    (64 - (zigzag(value) | 1).leading_zeros() as usize).div_ceil(7)
}
