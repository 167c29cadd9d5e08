//! A person as rules see them (`gateway.domain.person`, `.joint`, `.sgi`).
//!
//! Few messages are remembered of a person, so lists are filtered when they are asked for instead
//! of being filed beforehand.

use crate::msgpack::Stored;
use crate::state::{Entry, tag};
use crate::time::Day;

const FOREVER: Day = 1 << 31;

/// Tags that are filed on the person as a whole, and so open no round.
fn of_person(tag: i64) -> bool {
    matches!(
        tag,
        tag::CONSENT
            | tag::BENEFIT_DECIDED
            | tag::ENROLLED
            | tag::CATEGORY_CHANGED
            | tag::MEETING
            | tag::SGI_OPENED
            | tag::SGI_ANSWERED
            | tag::SGI_CLOSED
    )
}

/// A person's effective entries.
pub struct Person<'p, 'a> {
    entries: &'p [Entry<'a>],
}

/// One round of a case.
pub struct Case<'p, 'a> {
    entries: &'p [Entry<'a>],
    case_id: &'p str,
    round_no: i64,
}

/// A period of a benefit: benefit, first and last day.
pub struct Period<'a> {
    pub benefit: &'a str,
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl<'a> Period<'a> {
    fn read(stored: &Stored<'a>) -> Self {
        let parts = stored.list();
        Self {
            benefit: parts[0].text().unwrap_or(""),
            from: parts[2].int(),
            to: parts[3].int(),
        }
    }

    pub fn holds(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The benefits of a referral that has opened a round.
pub fn benefits_of<'a>(opening: &Entry<'a>) -> Vec<Period<'a>> {
    opening.field(2).list().iter().map(Period::read).collect()
}

fn granted(decision: &Entry) -> bool {
    matches!(decision.text(1), Some("bevilja" | "minska"))
}

/// The day and the id, by which entries of a kind are put in order.
pub fn order<'a>(entry: &Entry<'a>) -> (Day, &'a [u8]) {
    (entry.day, entry.message_id)
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.dedup();
    names
}

impl<'p, 'a> Person<'p, 'a> {
    pub fn new(entries: &'p [Entry<'a>]) -> Self {
        Self { entries }
    }

    /// Every remembered message, whatever became of it.
    pub fn all(&self) -> &'p [Entry<'a>] {
        self.entries
    }

    fn of(&self, wanted: i64) -> impl DoubleEndedIterator<Item = &'p Entry<'a>> + use<'p, 'a> {
        self.entries
            .iter()
            .filter(move |entry| entry.effective && entry.tag == wanted)
    }

    pub fn consents(&self) -> impl DoubleEndedIterator<Item = &'p Entry<'a>> + use<'p, 'a> {
        self.of(tag::CONSENT)
    }

    pub fn decisions(&self) -> impl DoubleEndedIterator<Item = &'p Entry<'a>> + use<'p, 'a> {
        self.of(tag::BENEFIT_DECIDED)
    }

    pub fn meetings(&self) -> impl DoubleEndedIterator<Item = &'p Entry<'a>> + use<'p, 'a> {
        self.of(tag::MEETING)
    }

    pub fn enrolments(&self) -> impl Iterator<Item = &'p Entry<'a>> + use<'p, 'a> {
        let is = |entry: &&Entry| matches!(entry.tag, tag::ENROLLED | tag::CATEGORY_CHANGED);
        self.entries
            .iter()
            .filter(|entry| entry.effective)
            .filter(is)
    }

    pub fn sgi(&self) -> impl Iterator<Item = &'p Entry<'a>> + use<'p, 'a> {
        let is = |entry: &&Entry| {
            matches!(
                entry.tag,
                tag::SGI_OPENED | tag::SGI_ANSWERED | tag::SGI_CLOSED
            )
        };
        self.entries
            .iter()
            .filter(|entry| entry.effective)
            .filter(is)
    }

    pub fn case(&self, case_id: &'p str, round_no: i64) -> Case<'p, 'a> {
        Case {
            entries: self.entries,
            case_id,
            round_no,
        }
    }

    /// Every round that a message has spoken of, in order.
    pub fn cases(&self) -> Vec<Case<'p, 'a>> {
        let mut rounds: Vec<(&'p str, i64)> = self
            .entries
            .iter()
            .filter(|entry| entry.effective && !of_person(entry.tag))
            .map(|entry| (entry.case_id.unwrap_or(""), entry.round_no))
            .collect();
        rounds.sort_unstable();
        rounds.dedup();
        rounds
            .into_iter()
            .map(|(case_id, round_no)| self.case(case_id, round_no))
            .collect()
    }

    pub fn sex(&self) -> Option<&'a str> {
        self.latest(|entry| match entry.tag {
            tag::INITIATED | tag::BENEFIT_DECIDED => entry.text(6),
            tag::MEETING => entry.text(7),
            _ => None,
        })
    }

    pub fn birth_year_month(&self) -> Option<&'a str> {
        self.latest(|entry| match entry.tag {
            tag::INITIATED | tag::BENEFIT_DECIDED => entry.text(7),
            tag::MEETING => entry.text(8),
            _ => None,
        })
    }

    fn latest(&self, field: impl Fn(&Entry<'a>) -> Option<&'a str>) -> Option<&'a str> {
        let said = self.entries.iter().filter(|entry| entry.effective);
        let said = said.filter_map(|entry| Some((order(entry), field(entry)?)));
        let mut best: Option<((Day, &[u8]), &str)> = None;
        for (place, value) in said {
            if best.is_none_or(|(before, _)| place > before) {
                best = Some((place, value));
            }
        }
        best.map(|(_, value)| value)
    }

    /// Benefits running on a day: the case's own list first, else what FK has decided.
    pub fn benefits_at(&self, case: &Case<'_, 'a>, day: Day) -> Vec<&'a str> {
        if let Some(opening) = case.opening() {
            return running(&benefits_of(opening), day);
        }
        let mut decisions: Vec<&Entry> = self.decisions().collect();
        decisions.sort_by_key(|entry| order(entry));
        let mut decided = Vec::new();
        for entry in decisions.into_iter().filter(|entry| granted(entry)) {
            match entry.field(5).list() {
                [] => decided.push(Period {
                    benefit: entry.text(0).unwrap_or(""),
                    from: None,
                    to: None,
                }),
                periods => decided.extend(periods.iter().map(Period::read)),
            }
        }
        running(&decided, day)
    }

    fn known_periods(&self) -> Vec<Period<'a>> {
        let mut found = Vec::new();
        for entry in self.of(tag::INITIATED) {
            found.extend(benefits_of(entry));
        }
        for entry in self.decisions().filter(|entry| granted(entry)) {
            match entry.field(5).list() {
                [] => found.push(Period {
                    benefit: entry.text(0).unwrap_or(""),
                    from: entry.int(2),
                    to: None,
                }),
                periods => found.extend(periods.iter().map(Period::read)),
            }
        }
        found
    }

    /// The latest known benefits on a day, from referrals and decisions together.
    pub fn latest_benefit(&self, day: Day) -> Vec<&'a str> {
        let ends: Vec<(&str, Day)> = self
            .decisions()
            .filter(|entry| entry.text(1) == Some("upphora"))
            .filter_map(|entry| Some((entry.text(0)?, entry.int(2)?)))
            .filter(|(_, decided_at)| *decided_at <= day)
            .collect();
        let spans: Vec<(&str, Day, Day)> = self
            .known_periods()
            .iter()
            .map(|period| {
                let first = period.from.unwrap_or(0);
                let of_it = |end: &&(&str, Day)| end.0 == period.benefit && first <= end.1;
                let cut = ends.iter().filter(of_it).map(|end| end.1);
                let last = cut.fold(period.to.unwrap_or(FOREVER), Day::min);
                (period.benefit, first, last)
            })
            .collect();
        let begun = || spans.iter().filter(|span| span.1 <= day);
        let latest = begun().map(|span| span.2.min(day)).max();
        sorted(match latest {
            None => spans.iter().map(|span| span.0).collect(),
            Some(latest) => begun()
                .filter(|span| span.2 >= latest)
                .map(|span| span.0)
                .collect(),
        })
    }

    pub fn sgi_cases(&self) -> Vec<&'a str> {
        sorted(self.sgi().filter_map(|entry| entry.text(0)).collect())
    }

    /// How FK opened an SGI case, the latest opening by event day.
    pub fn opened_sgi(&self, sgi_case_id: &str) -> Option<&'p Entry<'a>> {
        self.of(tag::SGI_OPENED)
            .filter(|entry| entry.text(0) == Some(sgi_case_id))
            .max_by_key(|entry| order(entry))
    }

    /// Whether there is an SGI to protect and FK has not decided on it yet.
    pub fn sgi_is_open(&self, sgi_case_id: &str) -> bool {
        let Some(opened) = self.opened_sgi(sgi_case_id) else {
            return false;
        };
        opened.field(1).truth() == Some(true)
            && !self
                .of(tag::SGI_CLOSED)
                .any(|entry| entry.text(0) == Some(sgi_case_id) && entry.day >= opened.day)
    }

    /// Whether the person enrolled at AF up to a day.
    pub fn enrolled_by(&self, sgi_case_id: &str, last: Day) -> bool {
        let answers = self.of(tag::SGI_ANSWERED);
        let answers = answers.filter(|entry| entry.text(0) == Some(sgi_case_id));
        if let Some(first) = answers.filter_map(|entry| entry.int(1)).min() {
            return first <= last;
        }
        let statuses = self.enrolments().filter_map(|entry| match entry.tag {
            tag::ENROLLED => Some((entry.int(0)?, true)),
            _ if entry.text(0) == Some("avaktualiserad") => Some((entry.int(1)?, false)),
            _ => None,
        });
        let latest = statuses.filter(|status| status.0 <= last).max();
        latest.is_some_and(|status| status.1)
    }
}

fn running<'a>(periods: &[Period<'a>], day: Day) -> Vec<&'a str> {
    if let [only] = periods {
        return vec![only.benefit];
    }
    let now: Vec<&str> = periods
        .iter()
        .filter(|period| period.holds(day))
        .map(|period| period.benefit)
        .collect();
    if now.is_empty() {
        return sorted(periods.iter().map(|period| period.benefit).collect());
    }
    sorted(now)
}

impl<'p, 'a> Case<'p, 'a> {
    pub fn case_id(&self) -> &'p str {
        self.case_id
    }

    pub fn round_no(&self) -> i64 {
        self.round_no
    }

    fn entries(&self) -> impl Iterator<Item = &'p Entry<'a>> + use<'_, 'p, 'a> {
        self.entries.iter().filter(move |entry| {
            entry.effective
                && entry.round_no == self.round_no
                && entry.case_id.unwrap_or("") == self.case_id
                && !of_person(entry.tag)
        })
    }

    pub fn of(&self, wanted: i64) -> impl Iterator<Item = &'p Entry<'a>> + use<'_, 'p, 'a> {
        self.entries().filter(move |entry| entry.tag == wanted)
    }

    pub fn has(&self, wanted: i64) -> bool {
        self.of(wanted).next().is_some()
    }

    pub fn exists(&self) -> bool {
        self.entries()
            .any(|entry| entry.assumed || entry.tag == tag::INITIATED)
    }

    /// The referral that opened the round: by event day, then by message id.
    pub fn opening(&self) -> Option<&'p Entry<'a>> {
        self.of(tag::INITIATED).min_by_key(|entry| order(entry))
    }

    pub fn last_day(&self) -> Option<Day> {
        self.entries().map(|entry| entry.day).max()
    }

    pub fn closed_at(&self) -> Option<Day> {
        self.of(tag::CLOSED).filter_map(|entry| entry.int(0)).max()
    }

    /// Whether the closings of the agencies do not say the same (BR-34).
    pub fn disputed(&self) -> bool {
        let mut closings = self.of(tag::CLOSED).map(|entry| entry.text(2));
        let first = closings.next();
        closings.any(|outcome| Some(outcome) != first)
    }
}

fn near(a: Option<Day>, b: Option<Day>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if (a - b).abs() <= 1)
}

/// Whether two reports of the same type are of one event.
pub fn same_thing(a: &Entry, b: &Entry) -> bool {
    let same_round = a.case_id == b.case_id && a.round_no == b.round_no;
    let other_agency = a.agency() != b.agency();
    match (a.tag, b.tag) {
        (tag::ASSESSMENT, tag::ASSESSMENT) => {
            let near = other_agency && near(a.int(1), b.int(1));
            same_round && (a.text(0) == b.text(0) || near)
        }
        (tag::MEETING, tag::MEETING) => {
            let near = other_agency && same_round && near(a.int(4), b.int(4));
            a.text(0) == b.text(0) || (near && a.text(6) == b.text(6))
        }
        (tag::FOLLOW_UP, tag::FOLLOW_UP) => {
            let near = other_agency && near(a.int(1), b.int(1));
            same_round && (a.text(0) == b.text(0) || near)
        }
        (tag::CLOSED, tag::CLOSED) => same_round,
        _ => same_round && other_agency,
    }
}

/// The report that a new entry of a joint type, the last of all, confirms (`gateway.domain.joint`).
pub fn confirmed_by<'p, 'a>(before: &'p [Entry<'a>], entry: &Entry) -> Option<&'p Entry<'a>> {
    before.iter().find(|other| {
        other.type_name == entry.type_name && other.effective && same_thing(other, entry)
    })
}
