//! What is due of a person when stream time passes (`gateway.domain.decide.decide_tick`).

use bumpalo::Bump;

use crate::deadlines::{name_of, renewed};
use crate::facts::Warned;
use crate::ids::{is_shown, uuid5};
use crate::json::Json;
use crate::msgpack::{write_array, write_text};
use crate::pending::Pending;
use crate::person::Person;
use crate::receipt::{STRUCTURED_ONLY, event};
use crate::state::{Deadline, State, ended, tag, write_waiting};
use crate::terms::Terms;
use crate::time::{self, Day, Instant};

/// What has come of a tick besides what is to be written.
pub struct Told {
    pub state: Vec<u8>,
    pub next_due: Option<Instant>,
    /// The kinds of the notices, each once for each of them.
    pub kinds: Vec<String>,
}

/// A notice for both agencies.
struct Notice<'n> {
    kind: &'n str,
    /// What it is about, as its id is made of it.
    reference: String,
    case_id: Option<&'n str>,
    data: Vec<(&'n str, Said<'n>)>,
}

/// What a deadline leads to.
enum Due<'n> {
    Counted(Warned<'n>),
    Told(Notice<'n>),
}

enum Said<'n> {
    Text(&'n str),
    Int(i64),
    Date(Day),
}

/// Tell what is due; None is a doubt, with nothing put.
pub fn tell(
    terms: &Terms,
    key: &str,
    stored: &[u8],
    due: Instant,
    pending: &mut Pending,
    bump: &Bump,
) -> Option<Told> {
    let mut state = State::read(stored, bump)?;
    if key.len() != 22 || !is_shown(key) || !time::decided_here(due) {
        return None;
    }
    let fired: Vec<Deadline> = state
        .deadlines
        .iter()
        .filter(|deadline| deadline.due <= due)
        .cloned()
        .collect();
    let missed = |name: &str| name.starts_with("sgi_missed");
    if fired.iter().any(|one| missed(one.kind)) && state.said.iter().any(|name| missed(name)) {
        return None;
    }
    let names: Vec<String> = fired.iter().map(name_of).collect();
    let entries = std::mem::take(&mut state.entries);
    let person = Person::new(&entries);
    let mut found = Vec::with_capacity(fired.len());
    for deadline in &fired {
        found.push(match deadline.kind {
            "not_offered" => Due::Counted(not_offered(key, deadline, due)),
            _ => Due::Told(notice(terms, &person, deadline)?),
        });
    }
    let mut said = state.said.clone();
    said.extend(names.iter().map(String::as_str));
    let told = State { said, ..state };
    let deadlines = renewed(&person, &told, terms, due, time::day_at(due))?;
    let mut kinds = Vec::with_capacity(fired.len() * 2);
    if found.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(stored.len() + 100);
    told.write_entries_and(entries.len(), &mut out);
    write_waiting(&mut out, &deadlines);
    write_array(&mut out, told.said.len());
    told.said.iter().for_each(|name| write_text(&mut out, name));
    told.write_unfinished(None, &mut out);
    let out = ended(out)?;
    for each in &found {
        match each {
            Due::Counted(warned) => warned.put(terms, pending),
            Due::Told(notice) => {
                for agency in ["fk", "af"] {
                    notice.put(agency, key, due, pending);
                    kinds.push(notice.kind.to_owned());
                }
            }
        }
    }
    Some(Told {
        state: out,
        next_due: deadlines.iter().map(|deadline| deadline.due).min(),
        kinds,
    })
}

/// BR-18 has no notice of its own in the contract: it is counted for the follow-up (N24).
fn not_offered<'n>(key: &str, deadline: &Deadline, now: Instant) -> Warned<'n> {
    Warned {
        reference: format!("not_offered|{key}|{}", deadline.reference),
        rule: "BR-18",
        type_name: "status.benefit_decided",
        agency: "fk",
        now,
    }
}

/// The notice of a deadline; None for those that Python tells.
fn notice<'n>(
    terms: &Terms,
    person: &Person<'n, 'n>,
    deadline: &'n Deadline<'n>,
) -> Option<Notice<'n>> {
    let parts: Vec<&str> = deadline.reference.split('|').collect();
    let day = |text: &str| text.parse::<Day>().ok();
    let limits = &terms.limits;
    match (deadline.kind, parts.as_slice()) {
        ("sgi_reminder", [case_id, last, number]) => {
            let number = day(number)?;
            let more = format!("{{'day': {number}}}");
            Some(of_protection(
                terms,
                person,
                deadline,
                case_id,
                day(last)?,
                &more,
                Some(number),
            ))
        }
        ("sgi_missed", [case_id, last]) => Some(of_protection(
            terms,
            person,
            deadline,
            case_id,
            day(last)?,
            "{}",
            None,
        )),
        ("status_90_days_due", [case_id, round_no, closed]) => {
            let closed = day(closed)?;
            let data = vec![
                ("round_no", Said::Int(day(round_no)?)),
                ("closed_at", Said::Date(closed)),
                (
                    "due_at",
                    Said::Date(closed + limits.status_after_closing_days),
                ),
            ];
            Some(of_round(deadline, case_id, data))
        }
        ("follow_up_overdue", [case_id, round_no, last, rule]) => {
            let last = day(last)?;
            let days = match *rule {
                "BR-33" => limits.follow_up_interval_days,
                "BR-32" => limits.close_after_no_development_days,
                "BR-40" => limits.stale_days,
                _ => return None,
            };
            let data = vec![
                ("round_no", Said::Int(day(round_no)?)),
                ("due_at", Said::Date(last + days)),
                ("last_held_at", Said::Date(last)),
                ("rule", Said::Text(rule)),
            ];
            Some(of_round(deadline, case_id, data))
        }
        _ => None,
    }
}

fn of_round<'n>(
    deadline: &'n Deadline<'n>,
    case_id: &'n str,
    data: Vec<(&'n str, Said<'n>)>,
) -> Notice<'n> {
    let reference = deadline.reference.clone().into_owned();
    Notice {
        kind: deadline.kind,
        reference,
        case_id: Some(case_id),
        data,
    }
}

fn of_protection<'n>(
    terms: &Terms,
    person: &Person<'n, 'n>,
    deadline: &'n Deadline<'n>,
    case_id: &'n str,
    last: Day,
    more: &str,
    number: Option<i64>,
) -> Notice<'n> {
    let mut data = vec![("sgi_case_id", Said::Text(case_id))];
    data.extend(number.map(|number| ("day", Said::Int(number))));
    data.push(("last_day_with_sp", Said::Date(last)));
    data.push(("enrol_by", Said::Date(last + terms.limits.sgi_days)));
    let mut opened = person.sgi().filter(|entry| entry.tag == tag::SGI_OPENED);
    let opened = opened.find(|entry| entry.text(0) == Some(case_id));
    Notice {
        kind: deadline.kind,
        reference: format!("{case_id}|{last}|{more}"),
        case_id: opened.and_then(|entry| entry.case_id),
        data,
    }
}

impl Notice<'_> {
    fn put(&self, agency: &str, key: &str, now: Instant, pending: &mut Pending) {
        let topic = format!("{agency}.in.notice");
        let write = |out: &mut Vec<u8>| self.write(agency, key, now, out);
        pending.write(&topic, now, Some(key.as_bytes()), &STRUCTURED_ONLY, write);
    }

    fn write(&self, agency: &str, key: &str, now: Instant, out: &mut Vec<u8>) {
        let id = uuid5(&[
            "notice",
            key,
            agency,
            self.kind,
            &self.reference,
            &now.to_string(),
        ]);
        let mut json = Json::new(out);
        let kind = format!("se.samverkan.notice.{}.v1", self.kind);
        event(&mut json, &id, &kind, now, key);
        json.open(b'{');
        json.optional_member("case_id", self.case_id);
        for (name, said) in &self.data {
            json.name(name);
            match said {
                Said::Text(text) => json.text(text),
                Said::Int(value) => json.int(*value),
                Said::Date(day) => json.date(*day),
            }
        }
        json.close(b'}');
        if self.case_id.is_some() {
            json.optional_member("subject", self.case_id);
        }
        json.close(b'}');
    }
}
