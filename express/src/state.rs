//! What is remembered of a person (`gateway.domain.state`, `gateway.domain.records`).

use std::borrow::Cow;

use bumpalo::Bump;

use crate::msgpack::{Stored, Unpacker, write_array, write_int, write_text};
use crate::time::{Day, Instant};

pub const STATE_VERSION: i64 = 2;
const PARTS_OF_STATE: usize = 7;
/// A larger state is stored in pieces (`gateway.domain.pieces`).
const WHOLE_BYTES: usize = 32_768;
const PARTS_OF_ENTRY: usize = 20;

/// Tags of the records that are looked back at, and where their fields stand. The lane compares
/// both with the Python classes before it is used (`tables::check_records`).
pub mod tag {
    pub const CONSENT: i64 = 1;
    pub const BENEFIT_DECIDED: i64 = 2;
    pub const ENROLLED: i64 = 3;
    pub const CATEGORY_CHANGED: i64 = 4;
    pub const INITIATED: i64 = 5;
    pub const ASSESSMENT: i64 = 8;
    pub const FOLLOW_UP: i64 = 9;
    pub const MEETING: i64 = 10;
    pub const INTERVENTION: i64 = 12;
    pub const INTERVENTION_MOVED: i64 = 13;
    pub const CLOSED: i64 = 14;
    pub const SGI_OPENED: i64 = 15;
    pub const SGI_ANSWERED: i64 = 16;
    pub const SGI_CLOSED: i64 = 17;
    pub const STATUS_REPORTED: i64 = 19;
}

/// Tag, class and fields by place of every record whose fields are read here.
pub const LAYOUT: &[(i64, &str, &[&str])] = &[
    (
        tag::CONSENT,
        "Consent",
        &[
            "purposes",
            "families",
            "parties",
            "valid_from",
            "valid_to",
            "withdrawn_at",
        ],
    ),
    (
        tag::BENEFIT_DECIDED,
        "BenefitDecided",
        &[
            "benefit",
            "decision",
            "decided_at",
            "first_application",
            "last_day_with_sp",
            "periods",
            "sex",
            "birth_year_month",
        ],
    ),
    (tag::ENROLLED, "Enrolled", &["enrolled_at", "af_category"]),
    (
        tag::CATEGORY_CHANGED,
        "CategoryChanged",
        &["af_category", "from_"],
    ),
    (
        tag::INITIATED,
        "Initiated",
        &[
            "initiating_path",
            "need_identified_at",
            "benefits",
            "has_sgi",
            "employment",
            "benefit_case_start",
            "sex",
            "birth_year_month",
            "need_assessed",
        ],
    ),
    (
        tag::ASSESSMENT,
        "Assessment",
        &["gk_id", "completed_at", "conclusion"],
    ),
    (
        tag::FOLLOW_UP,
        "FollowUp",
        &["follow_up_id", "held_at", "result", "decision"],
    ),
    (
        tag::MEETING,
        "Meeting",
        &[
            "meeting_id",
            "offered_at",
            "answered_at",
            "answer",
            "held_at",
            "benefit",
            "meeting_form",
            "sex",
            "birth_year_month",
            "employment",
            "answer_reason",
        ],
    ),
    (
        tag::INTERVENTION,
        "Intervention",
        &[
            "insats_id",
            "category",
            "program",
            "proposed_at",
            "decided_at",
        ],
    ),
    (
        tag::INTERVENTION_MOVED,
        "InterventionMoved",
        &["insats_id", "started_at", "ended_at", "end_reason"],
    ),
    (
        tag::CLOSED,
        "Closed",
        &["closed_at", "last_insats_category", "outcome"],
    ),
    (
        tag::SGI_OPENED,
        "SgiOpened",
        &["sgi_case_id", "has_sgi", "last_day_with_sp", "insured_time"],
    ),
    (
        tag::SGI_ANSWERED,
        "SgiAnswered",
        &["sgi_case_id", "enrolled_at"],
    ),
    (
        tag::SGI_CLOSED,
        "SgiClosed",
        &["sgi_case_id", "protection_state", "decided_at"],
    ),
    (
        tag::STATUS_REPORTED,
        "StatusReported",
        &["status", "status_at"],
    ),
];

/// A remembered message.
#[derive(Debug)]
pub struct Entry<'a> {
    pub message_id: &'a [u8],
    pub source: &'a str,
    pub type_name: &'a str,
    pub topic: &'a str,
    pub assumed: bool,
    pub case_id: Option<&'a str>,
    pub round_no: i64,
    pub day: Day,
    pub tag: i64,
    pub record: &'a [Stored<'a>],
    pub effective: bool,
    /// The stored form.
    pub raw: &'a [u8],
}

/// What a repeated message gets again.
pub struct First<'a> {
    pub content: &'a [u8],
    pub version: i64,
    pub partition: i64,
    pub offset: i64,
    pub decided_at: Instant,
    pub rules_version: &'a str,
    pub ground: &'a [Stored<'a>],
    pub case_id: Option<&'a str>,
}

impl<'a> First<'a> {
    /// Of a message that was accepted without a word; None for any other.
    pub fn read(raw: &'a [u8], bump: &'a Bump) -> Option<Self> {
        let Stored::List(parts) = Unpacker::new(raw, bump).value()? else {
            return None;
        };
        let Stored::Bytes(content) = parts[2] else {
            return None;
        };
        let Stored::List(ground) = parts[12] else {
            return None;
        };
        if parts[10].text() != Some("ACCEPTED") || !parts[11].list().is_empty() {
            return None;
        }
        Some(Self {
            content,
            version: parts[4].int()?,
            partition: parts[6].int()?,
            offset: parts[7].int()?,
            decided_at: parts[8].int()?,
            rules_version: parts[9].text()?,
            ground,
            case_id: parts[19].text().or_else(|| parts[13].text()),
        })
    }
}

impl<'a> Entry<'a> {
    pub fn agency(&self) -> &'a str {
        &self.topic[..2]
    }

    /// A field of the record by its place in [`LAYOUT`].
    pub fn field(&self, place: usize) -> &Stored<'a> {
        const NIL: &Stored<'static> = &Stored::Nil;
        self.record.get(place).unwrap_or(NIL)
    }

    pub fn text(&self, place: usize) -> Option<&'a str> {
        self.field(place).text()
    }

    pub fn int(&self, place: usize) -> Option<i64> {
        self.field(place).int()
    }

    fn read(from: &mut Unpacker<'a>) -> Option<Self> {
        let start = from.at;
        if from.array()? != PARTS_OF_ENTRY {
            return None;
        }
        let Stored::Bytes(message_id) = from.value()? else {
            return None;
        };
        let source = from.value()?.text()?;
        from.skip()?;
        let type_name = from.value()?.text()?;
        from.skip()?;
        let topic = from.value()?.text()?;
        for _ in 0..4 {
            from.skip()?;
        }
        let status = from.value()?.text()?;
        let flags = from.value()?;
        from.skip()?;
        let case_id = from.value()?.text();
        let round_no = from.value()?.int()?;
        let day = from.value()?.int()?;
        let parts = from.array()?;
        let tag = from.value()?.int()?;
        let record = from.values(parts.checked_sub(1)?)?;
        from.skip()?;
        let voided = from.value()?.truth()?;
        from.skip()?;
        let accepted = matches!(status, "ACCEPTED" | "ACCEPTED_WITH_WARNING");
        let expired =
            |flag: &Stored| flag.list().first().and_then(Stored::text) == Some("hold.expired");
        Some(Self {
            message_id,
            source,
            type_name,
            topic: (topic.len() > 2).then_some(topic)?,
            assumed: flags.list().iter().any(expired),
            case_id,
            round_no,
            day,
            tag,
            record,
            effective: accepted && !voided,
            raw: from.since(start),
        })
    }
}

/// An open deadline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline<'a> {
    pub due: Instant,
    pub kind: &'a str,
    pub reference: Cow<'a, str>,
}

/// The state of a person for whom nothing waits, and that has no pieces.
#[derive(Debug)]
pub struct State<'a> {
    pub entries: Vec<Entry<'a>>,
    /// The stored entries as they are, without the head of their array.
    pub raw_entries: &'a [u8],
    pub deadlines: Vec<Deadline<'a>>,
    pub said: Vec<&'a str>,
    /// The stored names of what was said, with the head of their array.
    pub raw_said: &'a [u8],
    /// How many facts are to be told again (`gateway.domain.unfinished`).
    pub unfinished: usize,
    /// These, without the head of their array.
    pub raw_unfinished: &'a [u8],
}

impl<'a> State<'a> {
    pub fn empty() -> Self {
        Self {
            entries: Vec::new(),
            raw_entries: &[],
            deadlines: Vec::new(),
            said: Vec::new(),
            raw_said: &[0x90],
            unfinished: 0,
            raw_unfinished: &[],
        }
    }

    /// The state behind stored bytes; None when it has pieces or is of another form.
    pub fn read(raw: &'a [u8], bump: &'a Bump) -> Option<Self> {
        let mut from = Unpacker::new(raw, bump);
        if from.array()? != PARTS_OF_STATE || from.value()?.int()? != STATE_VERSION {
            return None;
        }
        let count = from.array()?;
        let start = from.at;
        let mut entries = Vec::with_capacity(count + 1);
        for _ in 0..count {
            entries.push(Entry::read(&mut from)?);
        }
        let raw_entries = &raw[start..from.at];
        if from.array()? != 0 {
            return None;
        }
        let mut deadlines = Vec::new();
        for _ in 0..from.array()? {
            if from.array()? != 3 {
                return None;
            }
            deadlines.push(Deadline {
                due: from.value()?.int()?,
                kind: from.value()?.text()?,
                reference: Cow::Borrowed(from.value()?.text()?),
            });
        }
        let start = from.at;
        let mut said = Vec::new();
        for _ in 0..from.array()? {
            said.push(from.value()?.text()?);
        }
        let raw_said = from.since(start);
        let unfinished = from.array()?;
        let start = from.at;
        for _ in 0..unfinished {
            from.skip()?;
        }
        let raw_unfinished = from.since(start);
        if from.array()? != 0 {
            return None;
        }
        from.ended().then_some(Self {
            entries,
            raw_entries,
            deadlines,
            said,
            raw_said,
            unfinished,
            raw_unfinished,
        })
    }
}

impl State<'_> {
    /// Begin a stored state with what was there; an entry more may follow.
    pub fn write_entries(&self, out: &mut Vec<u8>) {
        self.write_entries_and(0, out);
    }

    /// The same, with a head that counts entries to come.
    pub fn write_entries_and(&self, more: usize, out: &mut Vec<u8>) {
        write_array(out, PARTS_OF_STATE);
        write_int(out, STATE_VERSION);
        write_array(out, self.entries.len() + more);
        out.extend_from_slice(self.raw_entries);
    }
}

impl State<'_> {
    /// Go on with the facts that are to be told again, and one more.
    pub fn write_unfinished(&self, more: Option<&[u8]>, out: &mut Vec<u8>) {
        let count = self.unfinished + usize::from(more.is_some());
        write_array(out, count);
        out.extend_from_slice(self.raw_unfinished);
        out.extend_from_slice(more.unwrap_or(&[]));
    }
}

/// Go on with what waits: no message, and the open deadlines.
pub fn write_waiting(out: &mut Vec<u8>, deadlines: &[Deadline]) {
    write_array(out, 0);
    write_array(out, deadlines.len());
    for deadline in deadlines {
        write_array(out, 3);
        write_int(out, deadline.due);
        write_text(out, deadline.kind);
        write_text(out, &deadline.reference);
    }
}

/// End a stored state; None when it is one for pieces.
pub fn ended(mut stored: Vec<u8>) -> Option<Vec<u8>> {
    write_array(&mut stored, 0);
    (stored.len() <= WHOLE_BYTES).then_some(stored)
}
