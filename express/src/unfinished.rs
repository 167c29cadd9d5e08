//! Facts that were told while something was unknown (`gateway.domain.unfinished`): the lane
//! remembers them, and leaves it to Python to tell them again.

use crate::person::Person;
use crate::state::{Entry, State, tag};

/// As `FACTS_MAX` and `BYTES_MAX`; bytes are those of all that is stored, so more than Python counts.
const FACTS_MAX: usize = 16;
const BYTES_MAX: usize = 12_000;

/// Whether there is room for one more, beyond doubt.
pub fn has_room(state: &State, one: &[u8]) -> bool {
    state.unfinished < FACTS_MAX && state.raw_unfinished.len() + one.len() <= BYTES_MAX
}

/// Whether a sex is told.
pub fn is_known(sex: Option<&str>) -> bool {
    sex.is_some_and(|sex| sex != "okant")
}

/// Whether a message may tell what a fact before it did not know.
pub fn learns(before: &[Entry], person: &Person, entry: &Entry) -> bool {
    let old = Person::new(before);
    matches!(entry.tag, tag::INITIATED | tag::BENEFIT_DECIDED)
        || (!is_known(old.sex()) && is_known(person.sex()))
        || (old.birth_year_month().is_none() && person.birth_year_month().is_some())
}
