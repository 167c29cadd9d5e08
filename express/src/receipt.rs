//! What is written of an accepted message (`gateway.domain.answers`, `gateway.shell.outputs`).

use crate::consent::Reached;
use crate::envelope::{Message, Record, STRUCTURED};
use crate::facts::Warned;
use crate::ids::{hex, sha256, uuid5};
use crate::json::Json;
use crate::lane::Chain;
use crate::msgpack::{
    Stored, write, write_array, write_bytes, write_int, write_optional_text, write_text,
};
use crate::pending::{Header, Pending};
use crate::state::Entry;
use crate::terms::Terms;
use crate::time::{self, Instant};

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

/// Where what an agency sends is delivered.
fn destination(topic: &str) -> String {
    let receiver = if &topic[..2] == "fk" { "af" } else { "fk" };
    [receiver, ".in.", topic.rsplit('.').next().unwrap_or("")].concat()
}

/// The answer to an accepted message; topic, partition and offset are those of the first record.
pub struct Receipt<'r> {
    pub record: &'r Record<'r>,
    pub receipt_id: String,
    pub message_id: &'r str,
    pub source: &'r str,
    pub ce_type: String,
    pub content: String,
    /// The one warning, as it stands in receipts.
    pub reason: Option<&'r String>,
    pub decided_at: Instant,
    pub ground: &'r Reached,
    pub rules_version: &'r str,
    pub case_id: Option<&'r str>,
    pub topic: &'r str,
    pub partition: i64,
    pub offset: i64,
    pub duplicate: bool,
}

fn status_of(reason: Option<&String>) -> &'static str {
    if reason.is_some() {
        "ACCEPTED_WITH_WARNING"
    } else {
        "ACCEPTED"
    }
}

impl<'r> Receipt<'r> {
    /// The first answer to a message.
    pub fn first(
        terms: &'r Terms,
        record: &'r Record<'r>,
        message: &'r Message<'r, 'r>,
        digest: &[u8],
        reason: Option<&'r String>,
        ground: &'r Reached,
        case_id: Option<&'r str>,
    ) -> Self {
        let (content, status) = (hex(digest), status_of(reason));
        Self {
            record,
            receipt_id: uuid5(&["receipt", message.source, message.id, &content, status]),
            message_id: message.id,
            source: message.source,
            ce_type: message.kind.ce_type.clone(),
            content,
            reason,
            decided_at: record.timestamp,
            ground,
            rules_version: &terms.version,
            case_id,
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            duplicate: false,
        }
    }

    fn status(&self) -> &'static str {
        status_of(self.reason)
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

    pub fn put(&self, pending: &mut Pending) {
        let topic = [&self.topic[..2], ".receipts"].concat();
        let headers = if self.duplicate {
            &DUPLICATE[..]
        } else {
            &STRUCTURED_ONLY[..]
        };
        let (now, key) = (self.record.timestamp, Some(self.record.key));
        pending.write(&topic, now, key, headers, |out| self.write(out));
    }

    fn write(&self, out: &mut Vec<u8>) {
        let key = std::str::from_utf8(self.record.key).unwrap_or("");
        let mut json = Json::new(out);
        event(
            &mut json,
            &self.receipt_id,
            "se.samverkan.receipt.v1",
            self.decided_at,
            key,
        );
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

    /// The entry of the audit chain; its hash.
    pub fn put_audit(&self, chain: &Chain, agreement: &str, pending: &mut Pending) -> String {
        let write = |out: &mut Vec<u8>| self.audit(chain, agreement, out);
        let now = self.record.timestamp;
        hex(&sha256(pending.write(
            "gateway.audit",
            now,
            None,
            &[],
            write,
        )))
    }

    fn audit(&self, chain: &Chain, agreement: &str, out: &mut Vec<u8>) {
        let record = self.record;
        let mut json = Json::new(out);
        json.open(b'{');
        json.int_member("number", chain.count + 1);
        json.instant_member("at", record.timestamp);
        let (mut partition, mut offset) = (itoa::Buffer::new(), itoa::Buffer::new());
        let place = [
            partition.format(record.partition),
            offset.format(record.offset),
        ];
        json.text_member("cause", &[record.topic, place[0], place[1]].join("/"));
        self.place(&mut json);
        json.text_member("content_sha256", &self.content);
        json.text_member("verdict", self.status());
        json.name("codes");
        json.raw(if self.reason.is_some() {
            "[\"BR-36\"]"
        } else {
            "[]"
        });
        json.truth_member("duplicate", self.duplicate);
        self.ground(&mut json);
        json.text_member("receipt_id", &self.receipt_id);
        json.text_member("agreement", agreement);
        json.text_member("previous_sha256", &chain.previous);
        json.close(b'}');
    }
}

/// The message as it was sent, with the gateway's own headers.
pub fn put_delivery(receipt: &Receipt, message: &Message, pending: &mut Pending) {
    let record = receipt.record;
    let mut accepted_at = Vec::with_capacity(24);
    time::write_rfc3339(&mut accepted_at, receipt.decided_at);
    let ground = match &receipt.ground.reference {
        None => receipt.ground.kind.to_owned(),
        Some(reference) => [receipt.ground.kind, ":", reference].concat(),
    };
    let span = receipt.receipt_id.replace('-', "");
    let trace = match message.traceparent {
        None => ["00-", &span, "-", &span[16..], "-01"].concat(),
        Some(event) => ["00-", &event[3..35], "-", &span[16..], "-", &event[53..]].concat(),
    };
    let own = record
        .headers
        .iter()
        .map(|(name, raw)| (name.as_bytes(), Some(*raw)));
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
    pending.put(
        &topic,
        receipt.decided_at,
        Some(record.key),
        record.value,
        &headers,
    );
}

/// The count of a message that came late, for the quality statistics.
pub fn put_quality(terms: &Terms, record: &Record, message: &Message, pending: &mut Pending) {
    let (partition, offset) = (record.partition.to_string(), record.offset.to_string());
    let warned = Warned {
        reference: ["quality.warned", record.topic, &partition, &offset].join("|"),
        rule: "BR-36",
        type_name: &message.kind.name,
        agency: message.agency,
        now: record.timestamp,
    };
    warned.put(terms, pending);
}

/// The stored form of what is remembered of an accepted message.
pub fn write_entry(
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
