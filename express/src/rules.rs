//! The rules, as far as they have nothing to say (`gateway.domain.rules`, `.evaluate`).
//!
//! A check answers whether its rule is silent. What a rule has to say is said by Python.

use crate::person::{Case, Person, benefits_of};
use crate::read::{Obj, Val};
use crate::shape::Shape;
use crate::state::tag;
use crate::terms::{Terms, Type};
use crate::time::{Day, date_of_day, day_of_date};

/// One message in front of one person's history.
pub struct Situation<'s, 'a> {
    pub terms: &'s Terms,
    pub kind: &'s Type,
    pub data: &'s Obj<'a>,
    pub agency: &'s str,
    pub case_id: &'s str,
    pub person: Person<'s, 'a>,
    pub case: Case<'s, 'a>,
    pub day: Day,
    pub today: Day,
}

/// Whether a rule has nothing to say.
pub type Check = fn(&Situation) -> bool;

impl<'a> Situation<'_, 'a> {
    fn get(&self, name: &str) -> &Val<'a> {
        self.data.get(&self.terms.shapes, name)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).text()
    }

    fn day_of(&self, name: &str) -> Option<Day> {
        self.get(name).day()
    }

    fn benefits(&self, name: &str) -> Vec<&'a str> {
        let shapes = &self.terms.shapes;
        let items = self.get(name).list().iter().filter_map(Val::model);
        items
            .filter_map(|item| item.get(shapes, "benefit").text())
            .collect()
    }

    fn shapes(&self) -> &[Shape] {
        &self.terms.shapes
    }
}

/// The check of a Python function, `module.function`; None when it is not known here.
pub fn by_name(name: &str) -> Option<Check> {
    Some(match name {
        "initiation.only_the_role_may_send" => only_the_role_may_send,
        "initiation.asked_by_the_sender" => asked_by_the_sender,
        "initiation.af_path_is_closed" => af_path_is_closed,
        "initiation.assessment_on_the_closed_path" => assessment_on_the_closed_path,
        "initiation.sex_and_birth_month" => sex_and_birth_month,
        "timing.event_in_the_future" => event_in_the_future,
        "timing.late_registration" => late_registration,
        "timing.assessment_dates" => assessment_dates,
        "timing.intervention_end" => intervention_end,
        "timing.spans_end_after_start" => spans_end_after_start,
        "preparation.need_is_assessed" => need_is_assessed,
        "preparation.application_without_benefit" => application_without_benefit,
        "preparation.ends_with_a_plan" => ends_with_a_plan,
        "preparation.support_for_employers" => support_for_employers,
        "assessment.three_parties" => three_parties,
        "benefit.base_of_intervention" => base_of_intervention,
        "benefit.base_of_benefit" => base_of_benefit,
        "benefit.quarter_of_rehabilitation" => quarter_of_rehabilitation,
        "benefit.age_at_decision" => age_at_decision,
        "benefit.age_at_referral" => age_at_referral,
        "benefit.programme_changes_base" => programme_changes_base,
        "intervention.assessment_comes_first" => assessment_comes_first,
        "intervention.preparing_comes_first" => preparing_comes_first,
        "intervention.below_a_quarter" => below_a_quarter,
        "intervention.insured_below_a_quarter" => insured_below_a_quarter,
        "meetings.form_follows_date" => form_follows_date,
        "meetings.contact_conditions" => contact_conditions,
        "meetings.contact_offer_conditions" => contact_offer_conditions,
        "meetings.offered_before_decision" => offered_before_decision,
        "meetings.held_in_order" => held_in_order,
        "meetings.not_on_first_application" => not_on_first_application,
        "meetings.enrolment_support" => enrolment_support,
        "closing.outcome_is_given" => outcome_is_given,
        "closing.agencies_agree" => agencies_agree,
        "closing.extent_is_given" => extent_is_given,
        "sgi.enrolled_in_time" => enrolled_in_time,
        "sgi.conditions_are_met" => conditions_are_met,
        "sgi.category_at_risk" => category_at_risk,
        _ => return None,
    })
}

/// Whether a body's conditional requirement is known here (`ConditionallyRequired`).
pub fn knows_condition(model: &str) -> bool {
    matches!(model, "ConsentRecorded" | "ReferralInitiated" | "SgiOpened")
}

/// Whether nothing is missing because of other fields' values.
pub fn is_complete(condition: &str, data: &Obj, shapes: &[Shape]) -> bool {
    let get = |name: &str| data.get(shapes, name);
    let said = |list: &str, field: &str, codes: &[&str]| {
        let items = get(list).list().iter().filter_map(Val::model);
        let mut found = items.filter_map(|item| item.get(shapes, field).text());
        found.any(|code| codes.contains(&code))
    };
    match condition {
        "ConsentRecorded" => {
            (!get("valid_from").is_none() || !said("purposes", "status", &["given"]))
                && (!get("withdrawn_at").is_none() || !said("purposes", "status", &["withdrawn"]))
        }
        "ReferralInitiated" => {
            !get("benefit_case_start").is_none()
                || !said(
                    "benefits",
                    "benefit",
                    &[
                        "sjukpenning",
                        "aktivitetsersattning_nedsatt_arbetsformaga",
                        "aktivitetsersattning_forlangd_skolgang",
                        "sjukersattning",
                    ],
                )
        }
        "SgiOpened" => get("has_sgi").truth() != Some(true) || !get("last_day_with_sp").is_none(),
        _ => false,
    }
}

/// Whether all that a message builds on is there and open.
pub fn builds_on_something(s: &Situation) -> bool {
    let name = s.kind.name.as_str();
    let needs_case = s.kind.needs_case;
    if needs_case && !s.case.exists() {
        return false;
    }
    if (needs_case || name == "referral.initiated")
        && !s.kind.after_closing
        && s.case
            .closed_at()
            .is_some_and(|closed_at| s.day > closed_at)
    {
        return false;
    }
    match name {
        "plan.intervention_started" | "plan.intervention_ended" => {
            let wanted = s.text("insats_id");
            s.case
                .of(tag::INTERVENTION)
                .any(|entry| entry.text(0) == wanted)
                || s.case
                    .of(tag::INTERVENTION_MOVED)
                    .any(|entry| entry.text(0) == wanted && entry.assumed)
        }
        "sgi.enrolment_answered" | "sgi.closed" => {
            let wanted = s.text("sgi_case_id");
            s.person.sgi().any(|entry| {
                entry.text(0) == wanted && (entry.tag == tag::SGI_OPENED || entry.assumed)
            })
        }
        _ => true,
    }
}

const SICKNESS_BENEFIT: [&str; 2] = ["sjukpenning", "sjukpenning_sarskilda_fall"];
const REHABILITATION: [&str; 2] = [
    "rehabiliteringspenning",
    "rehabiliteringspenning_sarskilda_fall",
];
const QUARTER: f64 = 0.25;

fn only_the_role_may_send(s: &Situation) -> bool {
    let opens = s.kind.name == "referral.initiated" && s.agency == "af";
    s.kind.senders.iter().any(|sender| sender == s.agency)
        && (!opens || s.text("initiating_path") == Some("af_initiated"))
}

fn asked_by_the_sender(s: &Situation) -> bool {
    s.text("asked_by") == Some(s.agency)
}

fn af_path_is_closed(s: &Situation) -> bool {
    s.text("initiating_path") != Some("af_initiated") || s.day < s.terms.dates.af_path_closed
}

fn assessment_on_the_closed_path(s: &Situation) -> bool {
    let on_it = |opening: &crate::state::Entry| opening.text(0) == Some("af_initiated");
    !s.case.opening().is_some_and(on_it) || s.day < s.terms.dates.af_path_closed
}

fn sex_and_birth_month(s: &Situation) -> bool {
    !s.get("sex").is_none() && !s.get("birth_year_month").is_none()
}

fn event_in_the_future(s: &Situation) -> bool {
    s.day <= s.today
}

/// BR-36, the one warning that is given here: much is registered late.
pub fn late_registration(s: &Situation) -> bool {
    s.today - s.day <= s.terms.limits.late_days
}

fn assessment_dates(s: &Situation) -> bool {
    let Some(completed) = s.day_of("completed_at") else {
        return false;
    };
    let held = |item: &Val| {
        item.model()
            .and_then(|meeting| meeting.get(s.shapes(), "held_at").day())
    };
    completed <= s.today
        && s.get("meetings")
            .list()
            .iter()
            .all(|item| held(item).is_some_and(|d| d <= completed))
        && s.case
            .opening()
            .and_then(|opening| opening.int(1))
            .is_none_or(|need_identified_at| completed >= need_identified_at)
}

fn intervention_end(s: &Situation) -> bool {
    let Some(ended) = s.day_of("ended_at") else {
        return false;
    };
    let wanted = s.text("insats_id");
    let moves = || {
        s.case
            .of(tag::INTERVENTION_MOVED)
            .filter(|entry| entry.text(0) == wanted)
    };
    let started = s
        .day_of("started_at")
        .or_else(|| moves().filter_map(|e| e.int(1)).min());
    started.is_none_or(|started| ended >= started)
}

fn spans_end_after_start(s: &Situation) -> bool {
    let in_order = |first: Option<Day>, last: Option<Day>| match (first, last) {
        (Some(first), Some(last)) => last >= first,
        _ => true,
    };
    let spans = [
        ("benefits", "from_", "to"),
        ("periods", "from_", "to"),
        ("benefits_before", "from_", "to"),
        ("benefits_after", "from_", "to"),
        ("activities", "planned_start", "planned_end"),
    ];
    let items_in_order = spans.iter().all(|(name, first, last)| {
        s.get(name)
            .list()
            .iter()
            .filter_map(Val::model)
            .all(|item| {
                in_order(
                    item.get(s.shapes(), first).day(),
                    item.get(s.shapes(), last).day(),
                )
            })
    });
    items_in_order && in_order(s.day_of("valid_from"), s.day_of("valid_to"))
}

fn need_is_assessed(s: &Situation) -> bool {
    s.day < s.terms.dates.revised_way_of_working
        || !s.case.exists()
        || s.case
            .of(tag::INITIATED)
            .any(|opened| opened.field(8).truth() == Some(true))
}

fn application_without_benefit(s: &Situation) -> bool {
    let from_fk = |name: &str| {
        SICKNESS_BENEFIT.contains(&name)
            || REHABILITATION.contains(&name)
            || matches!(
                name,
                "aktivitetsersattning_nedsatt_arbetsformaga"
                    | "aktivitetsersattning_forlangd_skolgang"
                    | "sjukersattning"
            )
    };
    s.text("initiating_path") == Some("af_initiated")
        || s.benefits("benefits").into_iter().any(from_fk)
        || (!s.get("application_at").is_none()
            && s.get("certificate_present").truth() == Some(true))
}

fn ends_with_a_plan(s: &Situation) -> bool {
    !s.get("plan_id").is_none()
        || !s.get("next_step").is_none()
        || (s.day < s.terms.dates.revised_way_of_working
            && s.text("conclusion") != Some("plan_af_insats"))
}

fn support_for_employers(s: &Situation) -> bool {
    s.text("conclusion") != Some("arbetsgivarstod_konsultativt")
        || s.case
            .opening()
            .is_none_or(|opening| opening.text(4) == Some("anstalld"))
}

fn three_parties(s: &Situation) -> bool {
    let all_there = |item: &Val| {
        let Some(meeting) = item.model() else {
            return false;
        };
        let there = meeting.get(s.shapes(), "attendees").list();
        ["individ", "arbetsformedlare", "forsakringsutredare"]
            .iter()
            .all(|wanted| there.iter().any(|who| who.text() == Some(wanted)))
    };
    s.get("meetings").list().iter().any(all_there)
}

fn benefits_during<'a>(s: &Situation<'_, 'a>) -> Vec<&'a str> {
    match s.text("benefit_during") {
        Some(named) => vec![named],
        None => s.person.latest_benefit(s.day),
    }
}

fn with_sickness_benefit(s: &Situation) -> bool {
    benefits_during(s)
        .iter()
        .any(|name| SICKNESS_BENEFIT.contains(name))
}

fn share(s: &Situation) -> f64 {
    s.get("extent_fraction").float().unwrap_or(0.0)
}

fn base_of_intervention(s: &Situation) -> bool {
    if s.day < s.terms.dates.quarter_rule_transition || !s.get("base").is_none() {
        return true;
    }
    let during = benefits_during(s);
    let asks = |name: &&str| SICKNESS_BENEFIT.contains(name) || REHABILITATION.contains(name);
    !during.is_empty() && !during.iter().any(asks)
}

fn base_of_benefit(s: &Situation) -> bool {
    s.day < s.terms.dates.quarter_rule_transition
        || s.get("extent_fraction").is_none()
        || !s.get("base").is_none()
}

fn quarter_of_rehabilitation(s: &Situation) -> bool {
    s.day < s.terms.dates.quarter_rule_transition
        || s.text("decision") != Some("bevilja")
        || !s
            .text("benefit")
            .is_some_and(|name| REHABILITATION.contains(&name))
        || s.get("extent_fraction")
            .float()
            .is_none_or(|share| share >= QUARTER)
}

fn age_at_decision(s: &Situation) -> bool {
    age(s, &[s.text("benefit").unwrap_or("")])
}

fn age_at_referral(s: &Situation) -> bool {
    age(s, &s.benefits("benefits"))
}

fn age(s: &Situation, benefits: &[&str]) -> bool {
    if s.day < day_of_date(2003, 1, 1)
        || !benefits
            .iter()
            .any(|name| name.starts_with("aktivitetsersattning_"))
    {
        return true;
    }
    let born = s
        .text("birth_year_month")
        .or_else(|| s.person.birth_year_month());
    let Some(born) = born else { return true };
    let number = |part: &str| part.parse::<i64>().unwrap_or(0);
    let (year, month) = (number(&born[..4]), number(&born[5..7]));
    let (on_year, on_month, _) = date_of_day(s.day);
    let at = on_year * 12 + on_month;
    (year + 19) * 12 + 7 <= at && at < (year + 30) * 12 + month
}

fn programme_changes_base(s: &Situation) -> bool {
    s.text("program") == Some("none")
        || !matches!(
            s.text("benefit_during"),
            Some("aktivitetsstod" | "utvecklingsersattning" | "etableringsersattning")
        )
}

fn assessment_comes_first(s: &Situation) -> bool {
    !s.case.exists() || s.case.has(tag::ASSESSMENT)
}

fn preparing_comes_first(s: &Situation) -> bool {
    s.text("category") != Some("arbetsforberedande")
        || !s.case.of(tag::INTERVENTION).any(|earlier| {
            earlier.text(1) == Some("arbetslivsinriktad")
                && earlier.int(4).is_some()
                && earlier.day < s.day
        })
}

fn below_a_quarter(s: &Situation) -> bool {
    s.text("program") == Some("none")
        || share(s) >= QUARTER
        || s.day
            < s.terms
                .dates
                .quarter_rule_transition
                .min(s.terms.dates.quarter_rule)
        || !with_sickness_benefit(s)
}

fn insured_below_a_quarter(s: &Situation) -> bool {
    let dates = &s.terms.dates;
    let own = s.text("delivery") == Some("egen_regi")
        && s.get("workplace_activity").truth() == Some(false);
    s.day < dates.quarter_rule
        || s.day >= dates.workplace_insurance
        || !s.get("insurance_ref").is_none()
        || share(s) >= QUARTER
        || own
        || !with_sickness_benefit(s)
}

fn form_follows_date(s: &Situation) -> bool {
    let held = s.kind.name.ends_with("_held");
    let Some(day) = s.day_of(if held { "held_at" } else { "offered_at" }) else {
        return false;
    };
    let new_form = day >= s.terms.dates.omstallningsmote;
    let expected = if new_form {
        "omstallningsmote"
    } else {
        "overlamningsmote"
    };
    s.text("meeting_form") == Some(expected)
}

fn contact_conditions(s: &Situation) -> bool {
    if s.day < day_of_date(2008, 1, 1) {
        return true;
    }
    let known = s.person.latest_benefit(s.day);
    let with_benefit = known.is_empty() || known.iter().any(|name| SICKNESS_BENEFIT.contains(name));
    let first = if s.day >= day_of_date(2020, 1, 1) {
        91
    } else {
        90
    };
    with_benefit
        && s.get("has_employer").truth() != Some(false)
        && s.get("rehab_chain_day")
            .int()
            .is_none_or(|day| (first..=180).contains(&day))
}

fn contact_offer_conditions(s: &Situation) -> bool {
    let asked = day_of_date(2018, 1, 1) <= s.day && s.day < day_of_date(2020, 1, 1);
    !asked || !s.get("no_reduced_ability_normal_work").is_none()
}

fn refused_at(s: &Situation) -> Option<Day> {
    s.day_of("refusal_decided_at").or_else(|| {
        let of_it = |entry: &&crate::state::Entry| {
            entry.text(1) == Some("avslag")
                && entry.text(0) == s.text("benefit")
                && entry.case_id == Some(s.case_id)
        };
        s.person
            .decisions()
            .filter(of_it)
            .filter_map(|entry| entry.int(2))
            .min()
    })
}

fn order_is_in_force(s: &Situation) -> bool {
    s.day >= s.terms.dates.omstallningsmote || s.text("benefit") != Some("sjukpenning")
}

fn offered_before_decision(s: &Situation) -> bool {
    let Some(offered) = s.day_of("offered_at") else {
        return false;
    };
    !order_is_in_force(s) || refused_at(s).is_none_or(|refused| offered <= refused)
}

fn held_in_order(s: &Situation) -> bool {
    let Some(held) = s.day_of("held_at") else {
        return false;
    };
    if !order_is_in_force(s) {
        return true;
    }
    if s.text("benefit") == Some("sjukpenning") {
        return refused_at(s).is_none_or(|refused| held <= refused);
    }
    refused_at(s).is_some_and(|refused| held >= refused)
}

fn not_on_first_application(s: &Situation) -> bool {
    s.day < s.terms.dates.meetings_2024
        || s.text("benefit") != Some("sjukpenning")
        || s.get("first_application").truth() != Some(true)
}

fn enrolment_support(s: &Situation) -> bool {
    s.day < s.terms.dates.meetings_2024 || s.get("enrol_support_offered").truth() == Some(true)
}

fn is_regained(outcome: Option<&str>) -> bool {
    matches!(
        outcome,
        Some(
            "employment_unsubsidised"
                | "employment_subsidised"
                | "studies"
                | "oppet_arbetssokande"
                | "program"
        )
    )
}

fn outcome_is_given(s: &Situation) -> bool {
    let unknown = |outcome| matches!(outcome, "ingen_uppgift" | "registrering_saknas");
    let required = s.day >= s.terms.dates.outcome_required;
    s.text("outcome")
        .is_some_and(|outcome| !required || !unknown(outcome))
}

fn agencies_agree(s: &Situation) -> bool {
    let outcome = s.text("outcome");
    !matches!(s.text("agreed"), Some("af_disputes" | "fk_disputes"))
        && s.case
            .of(tag::CLOSED)
            .all(|entry| entry.agency() == s.agency || entry.text(2) == outcome)
}

fn extent_is_given(s: &Situation) -> bool {
    if s.day < s.terms.dates.outcome_required || !is_regained(s.text("outcome")) {
        return true;
    }
    // An extent is required in every period, so that only an empty list lacks it.
    match s.text("left_extent") {
        None => false,
        Some("delvis") => {
            !s.get("benefits_before").list().is_empty()
                && !s.get("benefits_after").list().is_empty()
        }
        Some(_) => true,
    }
}

fn opened_in_message<'s, 'a>(s: &Situation<'s, 'a>) -> Option<&'s crate::state::Entry<'a>> {
    s.person.opened_sgi(s.text("sgi_case_id")?)
}

fn enrolled_in_time(s: &Situation) -> bool {
    if s.day < s.terms.dates.sgi_rule {
        return true;
    }
    let last = opened_in_message(s).and_then(|opened| opened.int(2));
    let Some(enrolled) = s.day_of("enrolled_at") else {
        return false;
    };
    last.is_none_or(|last| enrolled <= last + s.terms.limits.sgi_days)
}

fn conditions_are_met(s: &Situation) -> bool {
    if s.day < s.terms.dates.sgi_conditions {
        return true;
    }
    let seeking = s.get("active_seeking").model();
    let seeks = seeking.and_then(|model| model.get(s.shapes(), "value").truth()) == Some(true);
    let insured = opened_in_message(s).and_then(|opened| opened.field(3).float());
    let willing = s.get("willing_extent_percent").float();
    seeks && willing.is_some_and(|willing| insured.is_none_or(|insured| willing >= insured))
}

fn category_at_risk(s: &Situation) -> bool {
    s.text("af_category") != Some("arbetssokande_med_forhinder")
        || !s
            .person
            .sgi_cases()
            .iter()
            .any(|case_id| s.person.sgi_is_open(case_id))
}

/// Whether an assessment lies inside a benefit period of the referral that opened its round.
pub fn inside_benefit_period(opening: &crate::state::Entry, day: Day) -> bool {
    benefits_of(opening).iter().any(|period| period.holds(day))
}
