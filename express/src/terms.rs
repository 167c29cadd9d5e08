//! The fixed terms of a gateway: message types, agreement and keys, as the Python side tells them.

use std::collections::HashMap;

use serde_json::Value;

use crate::facts::{self, Mark};
use crate::ids::{Keyed, unhex};
use crate::rules::{self, Check};
use crate::shape::{Kind, Shape, flag, int, list, member, text, texts};
use crate::state::LAYOUT;
use crate::time::Day;

/// What lets a message through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    None,
    Statute(String),
    Consent(String),
}

/// What a record takes from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// Nothing: the record's field has no namesake in the message.
    Nothing,
    /// The value of a field, a date as its day.
    Plain(usize),
    Periods(usize),
    Purposes(usize),
    /// Whether the need is assessed, of the model at a place.
    NeedAssessed(usize),
    /// The percentage of the model at a place.
    Percent(usize),
}

/// A message type that is decided here.
pub struct Type {
    pub name: String,
    pub ce_type: String,
    pub family: String,
    pub version: i64,
    pub grounds: Vec<Ground>,
    pub senders: Vec<String>,
    pub shape: usize,
    /// Whether it is about no person: refusals that are counted.
    pub of_nobody: bool,
    /// Whether it builds on an open round of a case, may follow its closing, is reported by both.
    pub needs_case: bool,
    pub after_closing: bool,
    pub joint: bool,
    pub conditional: Option<String>,
    pub checks: Vec<Check>,
    pub marks: Vec<(String, Mark)>,
    pub facts: Vec<(usize, String)>,
    pub links: Vec<(usize, String)>,
    /// Tag and fields; a type that nothing looks back at leaves tag 0 without any.
    pub record: (i64, Vec<Copy>),
}

/// Durations in days.
pub struct Limits {
    pub late_days: i64,
    pub follow_up_interval_days: i64,
    pub close_after_no_development_days: i64,
    pub offer_after_decision_days: i64,
    pub dispute_days: i64,
    pub status_after_closing_days: i64,
    pub stale_days: i64,
    pub sgi_days: i64,
    pub sgi_reminder_days: Vec<i64>,
}

/// The first days of dated rules.
pub struct Dates {
    pub af_path_closed: Day,
    pub revised_way_of_working: Day,
    pub quarter_rule_transition: Day,
    pub quarter_rule: Day,
    pub omstallningsmote: Day,
    pub outcome_required: Day,
    pub meetings_2024: Day,
    pub sgi_rule: Day,
    pub sgi_conditions: Day,
    pub workplace_insurance: Day,
}

/// Everything that is the same for all messages.
pub struct Terms {
    pub version: String,
    pub partitions: u32,
    pub limits: Limits,
    pub dates: Dates,
    pub shapes: Vec<Shape>,
    pub types: HashMap<String, Type>,
    /// Source -> agency and system.
    pub sources: HashMap<String, (String, String)>,
    pub exchange: HashMap<String, Keyed>,
    pub statistics: Keyed,
    /// The reason of BR-36 as it stands in a receipt.
    pub late_reason: String,
}

impl Terms {
    /// What the tables of `gateway.express.tables` say.
    pub fn read(tables: &Value) -> Result<Self, String> {
        check_records(member(tables, "records")?)?;
        let shapes: Vec<Shape> = list(tables, "shapes")?
            .iter()
            .map(Shape::read)
            .collect::<Result<_, _>>()?;
        let mut types = HashMap::new();
        for row in list(tables, "types")? {
            if let Some(found) = message_type(row, &shapes)? {
                types.insert(found.ce_type.clone(), found);
            }
        }
        let mut sources = HashMap::new();
        for row in list(tables, "sources")? {
            sources.insert(
                text(row, "source")?,
                (text(row, "agency")?, text(row, "system")?),
            );
        }
        let mut exchange = HashMap::new();
        let keys = member(tables, "exchange_keys")?
            .as_object()
            .ok_or("no exchange keys")?;
        for (id, secret) in keys {
            exchange.insert(id.clone(), keyed(secret)?);
        }
        Ok(Self {
            version: text(tables, "version")?,
            partitions: int(tables, "partitions")? as u32,
            limits: limits(member(tables, "limits")?)?,
            dates: dates(member(tables, "dates")?)?,
            shapes,
            types,
            sources,
            exchange,
            statistics: keyed(member(tables, "statistics_key")?)?,
            late_reason: text(tables, "late_reason")?,
        })
    }
}

fn keyed(secret: &Value) -> Result<Keyed, String> {
    let raw = secret
        .as_str()
        .and_then(unhex)
        .ok_or("a key is no hex text")?;
    Ok(Keyed::new(&raw))
}

/// Records are read by place, so the Python classes must have the very fields.
fn check_records(records: &Value) -> Result<(), String> {
    for (tag, class, fields) in LAYOUT {
        let row = member(records, class)?;
        if int(row, "tag")? != *tag || texts(row, "fields")? != *fields {
            return Err(format!("the record {class} has changed"));
        }
    }
    Ok(())
}

fn limits(value: &Value) -> Result<Limits, String> {
    let days = list(value, "sgi_reminder_days")?;
    Ok(Limits {
        late_days: int(value, "late_days")?,
        follow_up_interval_days: int(value, "follow_up_interval_days")?,
        close_after_no_development_days: int(value, "close_after_no_development_days")?,
        offer_after_decision_days: int(value, "offer_after_decision_days")?,
        dispute_days: int(value, "dispute_days")?,
        status_after_closing_days: int(value, "status_after_closing_days")?,
        stale_days: int(value, "stale_days")?,
        sgi_days: int(value, "sgi_days")?,
        sgi_reminder_days: days.iter().filter_map(Value::as_i64).collect(),
    })
}

fn dates(value: &Value) -> Result<Dates, String> {
    Ok(Dates {
        af_path_closed: int(value, "af_path_closed")?,
        revised_way_of_working: int(value, "revised_way_of_working")?,
        quarter_rule_transition: int(value, "quarter_rule_transition")?,
        quarter_rule: int(value, "quarter_rule")?,
        omstallningsmote: int(value, "omstallningsmote")?,
        outcome_required: int(value, "outcome_required")?,
        meetings_2024: int(value, "meetings_2024")?,
        sgi_rule: int(value, "sgi_rule")?,
        sgi_conditions: int(value, "sgi_conditions")?,
        workplace_insurance: int(value, "workplace_insurance")?,
    })
}

fn ground(said: &str) -> Ground {
    match said.split_once(':') {
        Some(("statute", reference)) => Ground::Statute(reference.to_owned()),
        Some((_, purpose)) => Ground::Consent(purpose.to_owned()),
        None => Ground::None,
    }
}

fn plain(text: &str) -> bool {
    text.bytes()
        .all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\')
}

/// A type as it is decided here; None when a check, mark or field of it is not known here.
fn message_type(row: &Value, shapes: &[Shape]) -> Result<Option<Type>, String> {
    let name = text(row, "name")?;
    let shape = int(row, "shape")? as usize;
    let grounds: Vec<String> = texts(row, "grounds")?;
    let checks: Option<Vec<Check>> = texts(row, "checks")?
        .iter()
        .map(|check| rules::by_name(check))
        .collect();
    let mut marks = Vec::new();
    for mark in list(row, "marks")? {
        let Some(found) = facts::mark_by_name(&text(mark, "mark")?) else {
            return Ok(None);
        };
        marks.push((text(mark, "rule")?, found));
    }
    let conditional = member(row, "conditional")?.as_str().map(str::to_owned);
    let conditions = conditional.as_deref().is_none_or(rules::knows_condition);
    let (Some(checks), true) = (checks, conditions && flag(row, "accepted")?) else {
        return Ok(None);
    };
    if !grounds.iter().all(|said| plain(said)) {
        return Ok(None);
    }
    let Some(record) = record(member(row, "record")?, &shapes[shape])? else {
        return Ok(None);
    };
    let place = |pair: &Value| -> Result<(usize, String), String> {
        let field = text(pair, "field")?;
        let n = shapes[shape]
            .index(&field)
            .ok_or_else(|| format!("{name} has no {field}"))?;
        Ok((n, text(pair, "shown")?))
    };
    Ok(Some(Type {
        ce_type: text(row, "ce_type")?,
        family: text(row, "family")?,
        version: int(row, "version")?,
        grounds: grounds.iter().map(|said| ground(said)).collect(),
        senders: texts(row, "senders")?,
        shape,
        of_nobody: flag(row, "of_nobody")?,
        needs_case: flag(row, "needs_case")?,
        after_closing: flag(row, "after_closing")?,
        joint: flag(row, "joint")?,
        conditional,
        checks,
        marks,
        facts: list(row, "facts")?
            .iter()
            .map(place)
            .collect::<Result<_, _>>()?,
        links: list(row, "links")?
            .iter()
            .map(place)
            .collect::<Result<_, _>>()?,
        record,
        name,
    }))
}

fn record(row: &Value, shape: &Shape) -> Result<Option<(i64, Vec<Copy>)>, String> {
    let mut copies = Vec::new();
    for name in texts(row, "fields")? {
        let Some(n) = shape.index(&name) else {
            copies.push(Copy::Nothing);
            continue;
        };
        copies.push(match (name.as_str(), &shape.fields[n].kind) {
            ("benefits" | "periods", Kind::List { .. }) => Copy::Periods(n),
            ("purposes", Kind::List { .. }) => Copy::Purposes(n),
            ("families" | "parties", Kind::List { .. }) => Copy::Plain(n),
            ("need_assessed", Kind::Model(_)) => Copy::NeedAssessed(n),
            ("insured_time", Kind::Model(_)) => Copy::Percent(n),
            (_, Kind::List { .. } | Kind::Model(_)) => return Ok(None),
            _ => Copy::Plain(n),
        });
    }
    Ok(Some((int(row, "tag")?, copies)))
}
