//! Consent and grounds (`gateway.domain.consent`): whether a message is carried, and by what.

use crate::ids;
use crate::msgpack::Stored;
use crate::person::Person;
use crate::state::{Entry, tag};
use crate::terms::Ground;
use crate::time::Day;

const EXCHANGE: &str = "information_exchange";
const STATISTICS: &str = "statistics_personal_data";

/// The ground of a message: its kind, and a reference when it has one.
#[derive(Debug, PartialEq, Eq)]
pub struct Reached {
    pub kind: &'static str,
    pub reference: Option<String>,
}

fn status<'a>(consent: &Entry<'a>, purpose: &str) -> Option<&'a str> {
    let said = consent.field(0).list().iter().map(Stored::list);
    let mut of_it = said.filter(|pair| pair[0].text() == Some(purpose));
    of_it.next().and_then(|pair| pair[1].text())
}

fn names(consent: &Entry, place: usize, wanted: &str) -> bool {
    consent
        .field(place)
        .list()
        .iter()
        .any(|item| item.text() == Some(wanted))
}

/// The first of the agreed grounds that holds; None when none does, or a consent is awaited.
pub fn ground_for(
    person: &Person,
    grounds: &[Ground],
    family: &str,
    consent_ref: Option<&[u8]>,
    today: Day,
) -> Option<Reached> {
    if family != "consent" && consent_ref.is_some_and(|wanted| !seen(person, wanted)) {
        return None;
    }
    for wanted in grounds {
        match wanted {
            Ground::None => {
                return Some(Reached {
                    kind: "none",
                    reference: None,
                });
            }
            Ground::Statute(reference) => {
                return Some(Reached {
                    kind: "statute",
                    reference: Some(reference.clone()),
                });
            }
            Ground::Consent(purpose) => {
                let carries = |given: &&Entry| holds(person, given, purpose, family, today);
                let found = match consent_ref {
                    Some(id) => person
                        .consents()
                        .find(|given| given.message_id == id)
                        .filter(carries),
                    None => person.consents().rev().find(carries),
                };
                if let Some(given) = found {
                    let reference = Some(ids::unpacked(given.message_id));
                    return Some(Reached {
                        kind: "consent",
                        reference,
                    });
                }
            }
        }
    }
    None
}

fn seen(person: &Person, wanted: &[u8]) -> bool {
    let came = |entry: &&Entry| entry.message_id == wanted;
    person.consents().any(|entry| came(&entry))
        || person
            .all()
            .iter()
            .filter(came)
            .any(|entry| entry.type_name == "consent.recorded")
}

/// Whether a consent carries a message of the family today.
fn holds(person: &Person, given: &Entry, purpose: &str, family: &str, today: Day) -> bool {
    let in_scope = names(given, 1, family) && names(given, 2, "fk") && names(given, 2, "af");
    status(given, purpose) == Some("given")
        && in_scope
        && !has_ended(person, given, purpose, family)
        && given.int(4).is_none_or(|valid_to| today <= valid_to)
        && given.int(3).is_none_or(|valid_from| today >= valid_from)
}

fn is(a: &Entry, b: &Entry) -> bool {
    std::ptr::eq(a, b)
}

/// Whether a withdrawal or refusal has ended a consent.
fn has_ended(person: &Person, given: &Entry, purpose: &str, family: &str) -> bool {
    let mut came_after = false;
    for entry in person.consents() {
        if is(entry, given) {
            came_after = true;
        } else if (came_after || entry.day > given.day) && names(entry, 1, family) {
            let said = status(entry, purpose);
            if said == Some("withdrawn") || (said == Some("refused") && entry.day >= given.day) {
                return true;
            }
        }
    }
    false
}

fn word_on_statistics<'a>(consent: &Entry<'a>) -> Option<&'a str> {
    if status(consent, EXCHANGE) == Some("withdrawn") {
        return Some("withdrawn");
    }
    status(consent, STATISTICS)
}

/// Whether follow-up facts may carry a person key now: the latest word counts.
pub fn statistics_allowed(person: &Person, today: Day) -> bool {
    for entry in person.consents().rev() {
        let Some(word) = word_on_statistics(entry) else {
            continue;
        };
        let ended_later = person.consents().any(|later| {
            later.day > entry.day && !matches!(word_on_statistics(later), None | Some("given"))
        });
        return word == "given"
            && !ended_later
            && entry.int(3).is_none_or(|valid_from| valid_from <= today)
            && entry.int(4).is_none_or(|valid_to| today <= valid_to);
    }
    false
}

/// Whether a consent may answer a withdrawal of the other agency, which is told of it.
pub fn may_reopen(person: &Person, given: &Entry) -> bool {
    given.tag == tag::CONSENT
        && person
            .consents()
            .any(|one| one.agency() != given.agency() && withdraws(one))
}

/// Whether a consent message withdraws anything, which may recall what was delivered.
pub fn withdraws(entry: &Entry) -> bool {
    let said = entry.field(0).list().iter().map(Stored::list);
    entry.tag == tag::CONSENT && said.clone().any(|pair| pair[1].text() == Some("withdrawn"))
}
