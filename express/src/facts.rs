//! Follow-up facts of accepted messages (`gateway.domain.facts`, `.rules.derived`).

use crate::consent::statistics_allowed;
use crate::ids;
use crate::json::Json;
use crate::msgpack::{Stored, write, write_array, write_bytes, write_text};
use crate::pending::Pending;
use crate::person::{Case, Person, same_thing};
use crate::read::{Obj, Val};
use crate::receipt::{STRUCTURED_ONLY, event};
use crate::rules::inside_benefit_period;
use crate::shape::Shape;
use crate::state::{Entry, tag};
use crate::terms::{Terms, Type};
use crate::time::{Day, Instant, day_of_date};
use crate::unfinished::is_known;

/// What a mark looks at.
pub struct Marked<'s, 'a> {
    pub data: &'s Obj<'a>,
    pub shapes: &'s [Shape],
    pub case: &'s Case<'s, 'a>,
    pub entry: &'s Entry<'a>,
}

/// Whether a fact gets a mark.
pub type Mark = fn(&Marked) -> bool;

/// The mark of a Python function of `gateway.domain.rules.derived`; None when it is not known.
pub fn mark_by_name(name: &str) -> Option<Mark> {
    Some(match name {
        "outside_enrolment_population" => outside_enrolment_population,
        "declined" => declined,
        "nothing_to_protect" => nothing_to_protect,
        "after_assessment_only" => after_assessment_only,
        "second_in_the_round" => second_in_the_round,
        "work_introduction" => work_introduction,
        _ => return None,
    })
}

impl<'a> Marked<'_, 'a> {
    fn get(&self, name: &str) -> &Val<'a> {
        self.data.get(self.shapes, name)
    }
}

fn outside_enrolment_population(m: &Marked) -> bool {
    let years = day_of_date(2022, 1, 1)..=day_of_date(2024, 12, 31);
    let refused = m
        .get("decision")
        .text()
        .is_none_or(|decision| decision == "avslag");
    if !refused || !years.contains(&m.entry.day) {
        return false;
    }
    let benefit = m.get("benefit").text();
    let inside =
        !m.get("no_chain_reason").is_none() || m.get("sammanlaggning").truth() == Some(true);
    let early = m.get("rehab_chain_day").int().is_some_and(|day| day < 180);
    benefit == Some("aktivitetsersattning_forlangd_skolgang")
        || (benefit == Some("sjukpenning") && early && !inside)
}

fn declined(m: &Marked) -> bool {
    m.get("answer").text() == Some("nej")
}

fn nothing_to_protect(m: &Marked) -> bool {
    m.get("has_sgi").truth() != Some(true)
}

fn after_assessment_only(m: &Marked) -> bool {
    m.entry.day >= day_of_date(2018, 1, 1)
        && (m.get("last_insats_category").text() == Some("none")
            || m.get("outcome").text() == Some("closed_after_gk_only"))
}

fn second_in_the_round(m: &Marked) -> bool {
    m.case.of(tag::ASSESSMENT).any(|other| {
        (other.message_id, other.source) != (m.entry.message_id, m.entry.source)
            && !same_thing(other, m.entry)
    })
}

fn work_introduction(m: &Marked) -> bool {
    let year = day_of_date(2014, 1, 1)..=day_of_date(2014, 12, 31);
    m.get("program").text() == Some("arbetslivsintroduktion") && year.contains(&m.entry.day)
}

/// An accepted message, for its fact.
pub struct Accepted<'s, 'a> {
    pub terms: &'s Terms,
    pub kind: &'s Type,
    pub data: &'s Obj<'a>,
    pub entry: &'s Entry<'a>,
    pub person: &'s Person<'s, 'a>,
    pub case: &'s Case<'s, 'a>,
    pub confirms: Option<&'s Entry<'a>>,
    pub message_id: &'s str,
    pub person_key: &'s str,
    pub number: &'s str,
    pub system: &'s str,
    pub now: Instant,
    pub today: Day,
    pub late: bool,
}

/// Put a first revision: under the person's statistics key, or under that of nobody.
fn put(
    pending: &mut Pending,
    fact_id: &str,
    now: Instant,
    key: Option<&str>,
    data: impl FnOnce(&mut Json),
) {
    let key = key.unwrap_or(NOBODY);
    let id = ids::uuid5(&["followup", fact_id, "1"]);
    let write = |out: &mut Vec<u8>| {
        let mut json = Json::new(out);
        event(&mut json, &id, "se.samverkan.followup.v1", now, key);
        data(&mut json);
        json.close(b'}');
    };
    pending.write(
        "followup.events",
        now,
        Some(key.as_bytes()),
        &STRUCTURED_ONLY,
        write,
    );
}

/// How the data of every first revision begin.
fn begin(json: &mut Json, fact: &str, id: &str, key: Option<&str>, case: Option<&str>) {
    json.text_member("fact", fact);
    json.text_member("fact_id", id);
    json.int_member("revision", 1);
    json.truth_member("voided", false);
    json.optional_member("unit_key", key);
    json.optional_member("unit_case", case);
}

/// Refusals that are counted, for their fact (BR-28).
pub struct Counted<'s, 'a> {
    pub terms: &'s Terms,
    pub kind: &'s Type,
    pub data: &'s Obj<'a>,
    pub message_id: &'s str,
    pub source: &'s str,
    pub system: &'s str,
    /// When it happened: the last day of the month, unless it is said.
    pub day: Day,
    pub now: Instant,
    pub today: Day,
}

impl<'a> Counted<'_, 'a> {
    pub fn put(&self, pending: &mut Pending) {
        let source = self.source;
        let id = self
            .terms
            .statistics
            .hex_of(&[NOBODY, source, self.message_id]);
        put(pending, &id, self.now, None, |json| self.write(json, &id));
    }

    fn write(&self, json: &mut Json, id: &str) {
        let shapes = &self.terms.shapes;
        let get = |name: &str| self.data.get(shapes, name);
        json.open(b'{');
        begin(json, &self.kind.name, id, None, None);
        json.optional_member("round_no", None);
        json.optional_member("sex", get("sex").text());
        json.optional_member("birth_year_month", None);
        json.name("benefits");
        json.open(b'[');
        json.item();
        json.optional(get("benefit").text());
        json.close(b']');
        json.optional_member("employment", None);
        json.optional_member("unit", get("unit").text());
        json.optional_member("region", get("region").text());
        json.name("event_at");
        match get("event_at") {
            Val::None => json.date(self.day),
            said => json.value(said, shapes),
        }
        json.instant_member("registered_at", self.now);
        json.int_member("delay_days", self.today - self.day);
        json.text_member("capture", get("capture").text().unwrap_or("harvested"));
        json.text_member("source_system", self.system);
        json.name("flags");
        json.raw("[]");
        json.name("fields");
        json.open(b'{');
        for (n, shown) in &self.kind.facts {
            let value = &self.data.values[*n];
            if !value.is_none() {
                json.name(shown);
                json.value(value, shapes);
            }
        }
        json.close(b'}');
        json.close(b'}');
    }
}

/// A count for the quality statistics of something that a rule has warned of.
pub struct Warned<'w> {
    /// What its id is made of.
    pub reference: String,
    pub rule: &'w str,
    pub type_name: &'w str,
    pub agency: &'w str,
    pub now: Instant,
}

/// What the record keys of facts without a person are.
pub const NOBODY: &str = "0000000000000000000000";

impl Warned<'_> {
    pub fn put(&self, terms: &Terms, pending: &mut Pending) {
        let id = terms.statistics.hex_of(&[&self.reference]);
        put(pending, &id, self.now, None, |json| self.write(json, &id));
    }

    fn write(&self, json: &mut Json, id: &str) {
        let rule = format!("[\"{}\"]", self.rule);
        let now = self.now;
        json.open(b'{');
        begin(json, "quality.warned", id, None, None);
        json.optional_member("round_no", None);
        json.text_member("sex", "okant");
        json.optional_member("birth_year_month", None);
        json.name("benefits");
        json.raw("[]");
        json.optional_member("employment", None);
        json.optional_member("unit", None);
        json.optional_member("region", None);
        json.instant_member("event_at", now);
        json.instant_member("registered_at", now);
        json.int_member("delay_days", 0);
        json.text_member("capture", "harvested");
        json.text_member("source_system", self.agency);
        json.name("flags");
        json.raw(&rule);
        json.name("fields");
        json.open(b'{');
        json.name("codes");
        json.raw(&rule);
        json.text_member("message_type", self.type_name);
        json.text_member("status", "ACCEPTED_WITH_WARNING");
        json.close(b'}');
        json.close(b'}');
    }
}

impl<'a> Accepted<'_, 'a> {
    fn get(&self, name: &str) -> &Val<'a> {
        self.data.get(&self.terms.shapes, name)
    }

    /// What is remembered of a fact that says something is unknown; None where nothing is, or
    /// where it is never told again.
    pub fn unfinished(&self) -> Option<Vec<u8>> {
        if self.is_finished() || self.kind.name.starts_with("consent.") || self.confirms.is_some() {
            return None;
        }
        let keyed = statistics_allowed(self.person, self.today);
        let mut fact = Vec::with_capacity(800);
        self.write_kept(&mut Json::new(&mut fact));
        let mut out = Vec::with_capacity(fact.len() + 120);
        write_array(&mut out, 5);
        write_bytes(&mut out, self.entry.message_id);
        write_text(&mut out, self.entry.source);
        write(&mut out, &Stored::Bool(keyed));
        let links: Vec<(&str, &str)> = if keyed {
            self.links().collect()
        } else {
            Vec::new()
        };
        write_array(&mut out, links.len());
        for (pseudonym, own) in links {
            write_array(&mut out, 2);
            write_text(&mut out, pseudonym);
            write_text(&mut out, own);
        }
        write_text(&mut out, std::str::from_utf8(&fact).ok()?);
        Some(out)
    }

    fn is_finished(&self) -> bool {
        let (sex, born) = (self.person.sex(), self.person.birth_year_month());
        is_known(self.get("sex").text().or(sex))
            && self.get("birth_year_month").text().or(born).is_some()
            && !self.benefits_of().is_empty()
    }

    /// The data of the fact without its id and without any pseudonym.
    fn write_kept(&self, json: &mut Json) {
        json.open(b'{');
        json.text_member("fact", &self.kind.name);
        json.int_member("revision", 1);
        json.truth_member("voided", false);
        self.write_rest(json, None);
    }

    fn links(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.kind
            .links
            .iter()
            .filter_map(|(n, pseudonym)| Some((pseudonym.as_str(), self.data.values[*n].text()?)))
    }

    pub fn put(&self, pending: &mut Pending) {
        let key = self.key();
        let key = key.as_deref();
        let id = self.fact_id(self.entry.source, self.message_id);
        put(pending, &id, self.now, key, |json| {
            self.write(json, &id, key)
        });
    }

    fn fact_id(&self, source: &str, message_id: &str) -> String {
        self.terms
            .statistics
            .hex_of(&[self.person_key, source, message_id])
    }

    fn write(&self, json: &mut Json, id: &str, key: Option<&str>) {
        let keyed = &self.terms.statistics;
        let case_id = self.entry.case_id;
        let unit_case = case_id
            .filter(|_| key.is_some())
            .map(|id| keyed.key_of(&["case:", id]));
        json.open(b'{');
        begin(json, &self.kind.name, id, key, unit_case.as_deref());
        self.write_rest(json, key);
    }

    /// All that follows the pseudonyms.
    fn write_rest(&self, json: &mut Json, key: Option<&str>) {
        let opening = self.case.opening();
        let employment = self.get("employment").text();
        let employment = employment.or_else(|| opening.and_then(|opening| opening.text(4)));
        let person = self.person;
        json.int_member("round_no", self.entry.round_no);
        let sex = self.get("sex").text().or_else(|| person.sex());
        json.text_member("sex", sex.unwrap_or("okant"));
        let born = self
            .get("birth_year_month")
            .text()
            .or_else(|| person.birth_year_month());
        json.optional_member("birth_year_month", born);
        self.benefits(json);
        json.optional_member("employment", employment);
        json.optional_member("unit", self.get("unit").text());
        json.optional_member("region", self.get("region").text());
        json.name("event_at");
        json.value(self.get("event_at"), &self.terms.shapes);
        json.instant_member("registered_at", self.now);
        json.int_member("delay_days", self.today - self.entry.day);
        json.text_member("capture", self.get("capture").text().unwrap_or("harvested"));
        json.text_member("source_system", self.system);
        self.flags(json);
        json.name("fields");
        self.fields(json, key, opening);
        json.close(b'}');
    }

    /// The statistics key of the person, None without consent to statistics.
    fn key(&self) -> Option<String> {
        statistics_allowed(self.person, self.today)
            .then(|| self.terms.statistics.key_of(&[self.number]))
    }

    fn benefits(&self, json: &mut Json) {
        json.name("benefits");
        json.open(b'[');
        for benefit in self.benefits_of() {
            json.item();
            json.text(benefit);
        }
        json.close(b']');
    }

    fn benefits_of(&self) -> Vec<&'a str> {
        match self.get("benefit").text() {
            Some(own) => vec![own],
            None => self.person.benefits_at(self.case, self.entry.day),
        }
    }

    fn flags(&self, json: &mut Json) {
        let shapes = &self.terms.shapes;
        let marked = Marked {
            data: self.data,
            shapes,
            case: self.case,
            entry: self.entry,
        };
        let marks = self.kind.marks.iter().filter(|(_, mark)| mark(&marked));
        let mut flags: Vec<&str> = marks.map(|(rule, _)| rule.as_str()).collect();
        if self.late {
            flags.push("BR-36");
        }
        if self.confirms.is_some() {
            flags.push("BR-35");
        }
        flags.sort_unstable();
        flags.dedup();
        json.name("flags");
        json.open(b'[');
        for flag in flags {
            json.item();
            json.text(flag);
        }
        json.close(b']');
    }

    fn fields(&self, json: &mut Json, key: Option<&str>, opening: Option<&Entry>) {
        let shapes = &self.terms.shapes;
        json.open(b'{');
        for (n, shown) in &self.kind.facts {
            let value = &self.data.values[*n];
            if !value.is_none() {
                json.name(shown);
                json.value(value, shapes);
            }
        }
        if self.kind.name == "meeting.assessment_completed" {
            self.meetings(json);
        }
        if key.is_some() {
            for (pseudonym, own) in self.links() {
                let hidden = self.terms.statistics.key_of(&[pseudonym, ":", own]);
                json.text_member(pseudonym, &hidden);
            }
        }
        if let Some(first) = self.confirms {
            let confirmed = self.fact_id(first.source, &ids::unpacked(first.message_id));
            json.text_member("confirms", &confirmed);
        }
        if let (Some(opening), tag::ASSESSMENT) = (opening, self.entry.tag) {
            self.about_assessment(json, opening);
        }
        json.close(b'}');
    }

    fn meetings(&self, json: &mut Json) {
        let shapes = &self.terms.shapes;
        json.name("meetings");
        json.open(b'[');
        for meeting in self.get("meetings").list().iter().filter_map(Val::model) {
            json.item();
            json.open(b'{');
            for name in ["held_at", "channel"] {
                json.name(name);
                json.value(meeting.get(shapes, name), shapes);
            }
            json.close(b'}');
        }
        json.close(b']');
    }

    /// What only the case can tell of an assessment.
    fn about_assessment(&self, json: &mut Json, opening: &Entry) {
        let day = self.entry.int(1).unwrap_or(0);
        let own = self.entry.text(0);
        let others = || {
            self.case
                .of(tag::ASSESSMENT)
                .filter(|other| other.text(0) != own)
        };
        json.int_member("need_days", day - opening.int(1).unwrap_or(0));
        let first = others().all(|other| other.int(1).is_some_and(|at| at >= day));
        json.truth_member("first_in_round", first);
        json.truth_member("inside_benefit_period", inside_benefit_period(opening, day));
        if let Some(start) = opening.int(5) {
            json.int_member("benefit_days", day - start);
        }
    }
}
