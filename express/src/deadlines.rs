//! What becomes due when nothing happens (`gateway.domain.deadlines`).

use std::borrow::Cow;

use crate::person::{Case, Person};
use crate::state::{Deadline, State, tag};
use crate::terms::Terms;
use crate::time::{Day, Instant, midnight};

fn deadline(day: Day, kind: &'static str, reference: String) -> Deadline<'static> {
    Deadline {
        due: midnight(day),
        kind,
        reference: Cow::Owned(reference),
    }
}

fn implied(person: &Person, terms: &Terms) -> Vec<Deadline<'static>> {
    let mut found = Vec::new();
    sgi(person, terms, &mut found);
    offers(person, terms, &mut found);
    for case in person.cases() {
        round(&case, terms, &mut found);
    }
    found
}

/// MF13: reminders on the agreed days, and the day after the last one to enrol (BR-22).
fn sgi(person: &Person, terms: &Terms, found: &mut Vec<Deadline<'static>>) {
    let limits = &terms.limits;
    for case_id in person.sgi_cases() {
        let opened = person.opened_sgi(case_id).and_then(|opened| opened.int(2));
        let Some(last) = opened.filter(|_| person.sgi_is_open(case_id)) else {
            continue;
        };
        let end = last + limits.sgi_days;
        if end < terms.dates.sgi_rule || person.enrolled_by(case_id, end) {
            continue;
        }
        for number in &limits.sgi_reminder_days {
            let reference = format!("{case_id}|{last}|{number}");
            found.push(deadline(last + number, "sgi_reminder", reference));
        }
        found.push(deadline(end + 1, "sgi_missed", format!("{case_id}|{last}")));
    }
}

/// BR-18: a refusal is followed by an offer, except on a first application for SP (BR-17).
fn offers(person: &Person, terms: &Terms, found: &mut Vec<Deadline<'static>>) {
    for entry in person.decisions() {
        let benefit = entry.text(0).unwrap_or("");
        let followed = matches!(
            benefit,
            "sjukpenning" | "aktivitetsersattning_nedsatt_arbetsformaga" | "sjukersattning"
        );
        let exempt = benefit == "sjukpenning" && entry.field(3).truth() == Some(true);
        let decided_at = entry.int(2).unwrap_or(0);
        let offered = || {
            person.meetings().any(|meeting| {
                meeting.case_id == entry.case_id
                    && meeting.text(5) == Some(benefit)
                    && meeting.int(1).is_some()
            })
        };
        if entry.text(1) == Some("avslag")
            && followed
            && !exempt
            && decided_at >= terms.dates.meetings_2024
            && !offered()
        {
            let due = decided_at + terms.limits.offer_after_decision_days + 1;
            let reference = format!("{}|{benefit}", entry.case_id.unwrap_or(""));
            found.push(deadline(due, "not_offered", reference));
        }
    }
}

/// What an open or closed round of a case waits for.
fn round(case: &Case, terms: &Terms, found: &mut Vec<Deadline<'static>>) {
    let limits = &terms.limits;
    let number = case.round_no().to_string();
    let name = |more: &str| [case.case_id(), &number, more].join("|");
    if let Some(closed_at) = case.closed_at() {
        let reference = name(&closed_at.to_string());
        if !case.has(tag::STATUS_REPORTED) {
            let due = closed_at + limits.status_after_closing_days;
            found.push(deadline(due, "status_90_days_due", reference.clone()));
        }
        if case.disputed() {
            let due = closed_at + limits.dispute_days + 1;
            found.push(deadline(due, "closing_disputed", reference));
        }
        return;
    }
    if !case.exists() {
        return;
    }
    let since = terms.dates.revised_way_of_working;
    let overdue = |last: Day, days: i64, rule: &str| {
        deadline(
            last + days + 1,
            "follow_up_overdue",
            name(&[&last.to_string(), rule].join("|")),
        )
    };
    let assessed = case
        .of(tag::ASSESSMENT)
        .filter_map(|entry| entry.int(1))
        .max();
    if let Some(assessed) = assessed {
        let held = case
            .of(tag::FOLLOW_UP)
            .filter_map(|entry| entry.int(1))
            .max();
        let last = assessed.max(held.unwrap_or(0)).max(0);
        if last >= since {
            found.push(overdue(last, limits.follow_up_interval_days, "BR-33"));
        }
    }
    for entry in case.of(tag::FOLLOW_UP) {
        let held = entry.int(1).unwrap_or(0);
        if entry.text(2) == Some("ej_utveckling") && held >= since {
            found.push(overdue(
                held,
                limits.close_after_no_development_days,
                "BR-32",
            ));
        }
    }
    if let Some(last) = case.last_day() {
        found.push(overdue(last, limits.stale_days, "BR-40"));
    }
}

/// The name under which it is remembered that a deadline has been told.
pub fn name_of(deadline: &Deadline) -> String {
    [deadline.kind, ":", &deadline.reference].concat()
}

/// Whether what was told of missed cases surely holds (`gateway.domain.missed`).
fn last_words_hold(said: &[&str], found: &[Deadline], now: Instant) -> bool {
    said.iter()
        .all(|name| match name.strip_prefix("sgi_missed") {
            None => true,
            Some(rest) => found.iter().any(|deadline| {
                deadline.kind == "sgi_missed"
                    && deadline.due <= now
                    && rest.strip_prefix(':') == Some(&*deadline.reference)
            }),
        })
}

/// The open deadlines of a person in line with the records; None when one has to be told now.
pub fn renewed<'a>(
    person: &Person,
    state: &State<'a>,
    terms: &Terms,
    now: Instant,
    today: Day,
) -> Option<Vec<Deadline<'a>>> {
    let mut found: Vec<Deadline<'a>> = implied(person, terms);
    if !last_words_hold(&state.said, &found, now) {
        return None;
    }
    found.sort();
    if !state.said.is_empty() {
        found.retain(|deadline| {
            let name = name_of(deadline);
            !state.said.iter().any(|said| *said == name)
        });
    }
    if found.first().is_none_or(|earliest| earliest.due > now) {
        return Some(found);
    }
    let mut kept = Vec::with_capacity(found.len());
    for deadline in found {
        let open = |other: &&Deadline| {
            other.kind == deadline.kind && other.reference == deadline.reference
        };
        if deadline.due > now {
            kept.push(deadline);
        } else if let Some(still_open) = state.deadlines.iter().rev().find(open) {
            kept.push(still_open.clone());
        } else if deadline.kind == "sgi_missed" {
            return None;
        } else if deadline.kind != "sgi_reminder" {
            kept.push(Deadline {
                due: midnight(today + 1),
                ..deadline
            });
        }
    }
    kept.sort();
    Some(kept)
}
