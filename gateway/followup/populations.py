"""Populations: which facts are counted, one row per counted thing. Ibis expressions.

Rules, besides those of `snapshot.py`:
1. A joint event that both agencies reported counts once as long as one report of it stands
   (BR-35). Reports that confirm each other, in whatever direction and over several steps, are one
   event; after a correction of the first report each may name the other. Which of them gives the
   event its day is chosen by content, not by arrival (the earliest day, then one that is linked to
   a person, then the fact id), so that the count does not depend on the order in which they came.
2. Facts without a person (no consent to statistics) count like the others, and are linked to
   nothing: their `unit_key` and `unit_case` are null.
Each population has `sex`, `day` and `benefits` besides its own columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from gateway.followup.snapshot import Plan, Snapshot

#: Confirmations go over one or two steps; more rounds would mean that thousands of reports of one
#: event confirm each other in a chain.
ROUNDS_MAX = 64
#: The round of a case: what links facts of one way through the cooperation.
ROUND = ("unit_case", "round_no")


def _joint_ids(plan: Plan, fact: str) -> ibis.Table:
    """`one` (fact id) → `joint_id` of the reports that confirm another: the least id they lead to.

    Each round every report takes the least id of its neighbours, until nobody changes, so that no
    engine needs recursion. Raises RecursionError when the confirmations do not end.
    """
    reports = plan.of(fact)
    name = f"{fact.replace('.', '_')}_joint"
    there = reports.filter(reports.confirms.notnull()).select(one="fact_id", other="confirms")
    back = there.select(one=there.other, other=there.one)
    links = plan.kept(f"{name}_links", lambda _: ibis.union(there, back, distinct=True))

    near = links.group_by("one").aggregate(near=links.other.min())
    first = near.select("one", joint_id=ibis.least(near.one, near.near))

    def steps(snapshot: Snapshot) -> None:
        snapshot.prepare(links)
        joint = snapshot.engine.keep(f"{name}_0", first)
        for number in range(1, ROUNDS_MAX):
            after = snapshot.engine.keep(f"{name}_{number}", _wider(links, joint))
            before = joint.rename(was="joint_id")
            both = after.join(before, "one")
            moved = both.filter(both.joint_id != both.was)
            if not snapshot.engine.rows(moved.aggregate(moved=moved.count()))[0][0]:
                snapshot.engine.keep(name, after)
                return
            joint = after
        raise RecursionError(f"the confirmations of {fact} do not end")

    again = _wider(links, ibis.table(first.schema(), name=f"{name}_0"))
    return plan.in_steps(name, (first, again), steps)


def _wider(links: ibis.Table, joint: ibis.Table) -> ibis.Table:
    """The least id of each report and its neighbours."""
    seen = links.join(joint, links.other == joint.one).select(links.one, joint.joint_id)
    ids = ibis.union(joint, seen)
    return ids.group_by("one").aggregate(joint_id=ids.joint_id.min())


def first_of(
    table: ibis.Table,
    by: Sequence[ibis.Value],
    order: Sequence[str] = ("day", "fact_id"),
    *,
    last: bool = False,
) -> ibis.Table:
    """The first row of each group, or the last; the order must not leave two rows alike."""
    columns = [table[name].desc() if last else table[name] for name in order]
    ranked = table.mutate(place=ibis.row_number().over(group_by=list(by), order_by=columns))
    return ranked.filter(ranked.place == 0).drop("place")


def joint_events(
    plan: Plan, fact: str, order: Sequence[str] = ("day", "unlinked", "fact_id")
) -> ibis.Table:
    """The joint events of a type (rule 1), each as its first report by `order` tells it."""
    reports = plan.of(fact)
    if fact == "meeting.assessment_completed":
        # `fler_moten` says that it goes on: a report with a final conclusion goes before it.
        goes_on = ibis.coalesce(reports.conclusion == "fler_moten", ibis.literal(False))
        reports = reports.mutate(goes_on=goes_on.ifelse(1, 0))
    # A confirmation that does not say of what cannot be a count of its own.
    reports = reports.filter(reports.confirms.notnull() | ~reports.confirmation)
    # Consent to statistics may end between two reports: the one that names the person tells more.
    reports = reports.mutate(unlinked=reports.unit_key.isnull().ifelse(1, 0))
    joint = _joint_ids(plan, fact)
    named = reports.left_join(joint, reports.fact_id == joint.one).drop("one")
    first = first_of(named, [ibis.coalesce(named.joint_id, named.fact_id)], order)
    return first.drop("joint_id", "unlinked")


def assessments(plan: Plan) -> ibis.Table:
    """N1: joint assessments, each once however many meetings and reports it has (BR-39).

    A new round is a new one. With what the opening of its round says: `need_at`, `case_start`,
    `initiating_path`, `diagnosis_group`, `queue_reason`; null when it is not linked.
    """
    return plan.kept("assessments", _assessments)


def _assessments(plan: Plan) -> ibis.Table:
    order = ("goes_on", "day", "fact_id")
    told = ("goes_on", "day", "unlinked", "fact_id")
    events = joint_events(plan, "meeting.assessment_completed", told)
    linked = events.unit_key.notnull() & events.unit_case.notnull() & events.gk_key.notnull()
    # Without a link the fact id stands for the assessment.
    own = ibis.ifelse(linked & events.round_no.notnull(), "", events.fact_id)
    key = [events.unit_key, events.unit_case, events.round_no, events.gk_key, own]
    counted = first_of(events, key, order)
    return with_opening(plan, counted)


def openings(plan: Plan) -> ibis.Table:
    """The referral that opened each round: the first by the day of the need, then by fact id."""
    return plan.kept("openings", _openings)


def _openings(plan: Plan) -> ibis.Table:
    opened = plan.of("referral.initiated")
    linked = opened.filter(opened.unit_case.notnull(), opened.round_no.notnull())
    return first_of(linked, [linked[name] for name in ROUND])


def with_opening(plan: Plan, table: ibis.Table) -> ibis.Table:
    """A population with what the opening of its round says, null where it is not linked."""
    opened = openings(plan)
    opening = opened.select(
        *ROUND,
        need_at=opened.need_identified_at,
        case_start=opened.benefit_case_start,
        initiating_path=opened.initiating_path,
        diagnosis_group=opened.diagnosis_group,
        queue_reason=opened.queue_reason,
        country_of_birth=opened.country_of_birth_group,
        education=opened.education_level,
        disability=opened.disability_code,
    )
    return table.left_join(opening, ROUND).drop("unit_case_right", "round_no_right")


def closings(plan: Plan) -> ibis.Table:
    """N14-N19: closings with their opening and what they lead to.

    `outcome_h`: `regained`, `remaining`, `unknown`, `after_gk_only`. `only_assessed`: no
    intervention went before. Administrative closings (BR-40) are none.
    """
    return plan.kept("closings", _closings)


REGAINED = (
    "employment_unsubsidised", "employment_subsidised", "studies", "oppet_arbetssokande", "program",
)  # fmt: skip
REMAINING = ("kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard")


def _closings(plan: Plan) -> ibis.Table:
    closed = joint_events(plan, "plan.closed")
    outcome = ibis.coalesce(closed.outcome, ibis.literal("registrering_saknas"))
    after_none = ibis.coalesce(closed.last_insats_category == "none", ibis.literal(False))
    harmonised = ibis.cases(
        (outcome == "closed_after_gk_only", "after_gk_only"),
        (outcome.isin(REGAINED), "regained"),
        (outcome.isin(REMAINING), "remaining"),
        else_="unknown",
    )
    told = closed.mutate(
        outcome=outcome,
        outcome_h=harmonised,
        only_assessed=after_none | (outcome == "closed_after_gk_only"),
    )
    return with_opening(plan, told.filter(told.outcome != "administrative_close"))


def transition_meetings(plan: Plan) -> ibis.Table:
    """N20: transition meetings held, of either form."""
    return plan.kept(
        "transition_meetings", lambda plan: joint_events(plan, "meeting.transition_held")
    )


def contact_meetings(plan: Plan) -> ibis.Table:
    """N21: contact meetings held."""
    return plan.kept("contact_meetings", lambda plan: joint_events(plan, "meeting.contact_held"))


def refusals(plan: Plan) -> ibis.Table:
    """N22, N24: refusals after which a meeting is to be offered (24 fn 15, fn 19).

    Not of a first application, and not of aktivitetsersättning for prolonged school.
    """
    decided = plan.of("status.benefit_decided")
    first = ibis.coalesce(decided.first_application, ibis.literal(False))
    school = decided.benefit == "aktivitetsersattning_forlangd_skolgang"
    return decided.filter(decided.decision == "avslag", ~first, ~school)
