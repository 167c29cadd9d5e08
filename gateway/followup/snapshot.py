"""What was known at a time: of every fact its latest revision, with its own fields as columns.

Rules, the same for every population:
1. As of a time: only what was registered at or before it (`registered_at <= as_of`).
2. Of one fact its greatest revision counts, and nothing once that is voided.
3. A day or number that is missing, or none, is null; a day is the Swedish calendar day.
What several tables need (revisions, fields, populations) is computed once per snapshot and kept.
How it is computed is the same for every snapshot (`PLAN`), so Ibis works it out once per process;
the time of extraction is a table of one row (`CLOCK`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis

from gateway.followup.engine import CLOCK, RECORDS, Engine, Row, clock, day_of, tables_of
from gateway.followup.periods import swedish_day

TEXT, DAY, NUMBER, YES_NO = "text", "day", "number", "yes_no"

#: The fields of each type of fact that statistics ask for, and their kind.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "referral.initiated": {
        "need_identified_at": DAY,
        "initiating_path": TEXT,
        "benefit_case_start": DAY,
        "diagnosis_group": TEXT,
        "queue_reason": TEXT,
        "country_of_birth_group": TEXT,
        "education_level": TEXT,
        "disability_code": TEXT,
    },
    "referral.called": {"kallelse_at": DAY},
    "referral.answered": {"answered_at": DAY, "answer": TEXT},
    "meeting.assessment_completed": {
        "completed_at": DAY,
        "conclusion": TEXT,
        "confirms": TEXT,
        "gk_key": TEXT,
        "need_days": NUMBER,
        "benefit_days": NUMBER,
        "first_in_round": YES_NO,
        "inside_benefit_period": YES_NO,
    },
    "meeting.contact_held": {"held_at": DAY, "confirms": TEXT},
    "meeting.transition_offered": {"offered_at": DAY, "benefit": TEXT, "meeting_key": TEXT},
    "meeting.transition_answered": {
        "answered_at": DAY,
        "answer": TEXT,
        "meeting_key": TEXT,
    },
    "meeting.transition_held": {
        "held_at": DAY,
        "benefit": TEXT,
        "meeting_form": TEXT,
        "confirms": TEXT,
        "meeting_key": TEXT,
        "first_application": YES_NO,
        "rehab_chain_day": NUMBER,
        "no_chain_reason": TEXT,
        "sammanlaggning": YES_NO,
    },
    "plan.set": {"valid_from": DAY},
    "plan.intervention_decided": {
        "decided_at": DAY,
        "insats_key": TEXT,
        "category": TEXT,
        "program": TEXT,
    },
    "plan.intervention_started": {
        "started_at": DAY,
        "insats_key": TEXT,
        "category": TEXT,
        "program": TEXT,
    },
    "plan.intervention_ended": {
        "ended_at": DAY,
        "insats_key": TEXT,
        "category": TEXT,
        "program": TEXT,
    },
    "plan.closed": {
        "closed_at": DAY,
        "confirms": TEXT,
        "last_insats_category": TEXT,
        "outcome": TEXT,
        "occupation_at_close": TEXT,
    },
    "plan.status_reported": {"status_at": DAY, "status": TEXT},
    "status.benefit_decided": {
        "decided_at": DAY,
        "benefit": TEXT,
        "decision": TEXT,
        "first_application": YES_NO,
        "rehab_chain_day": NUMBER,
        "no_chain_reason": TEXT,
        "sammanlaggning": YES_NO,
    },
    "status.enrolled": {"enrolled_at": DAY, "in_cooperation_at": DAY, "af_category": TEXT},
    "status.category_changed": {"from": DAY, "af_category": TEXT},
    "sgi.opened": {"has_sgi": YES_NO, "last_day_with_sp": DAY, "sgi_key": TEXT},
    "sgi.enrolment_answered": {"enrolled_at": DAY, "sgi_key": TEXT},
    "sgi.closed": {"protection_state": TEXT, "decided_at": DAY, "sgi_key": TEXT},
    "consent.refusal_counted": {"count": NUMBER},
}  # fmt: skip

#: The field that says on which day it happened; the day of the event stands in for it.
DAY_OF: Mapping[str, str] = {
    "referral.initiated": "need_identified_at",
    "referral.called": "kallelse_at",
    "referral.answered": "answered_at",
    "meeting.assessment_completed": "completed_at",
    "meeting.contact_held": "held_at",
    "meeting.transition_offered": "offered_at",
    "meeting.transition_answered": "answered_at",
    "meeting.transition_held": "held_at",
    "plan.set": "valid_from",
    "plan.intervention_decided": "decided_at",
    "plan.intervention_started": "started_at",
    "plan.intervention_ended": "ended_at",
    "plan.closed": "closed_at",
    "plan.status_reported": "status_at",
    "status.benefit_decided": "decided_at",
    "status.enrolled": "enrolled_at",
    "status.category_changed": "from",
    "sgi.opened": "last_day_with_sp",
    "sgi.enrolment_answered": "enrolled_at",
    "sgi.closed": "decided_at",
}

#: What every fact has.
COMMON = (
    "fact_id",
    "unit_key",
    "unit_case",
    "round_no",
    "birth_year_month",
    "employment",
    "unit",
    "region",
)
_KEPT = (*COMMON, "benefits", "fact", "sex", "event_day", "flags", "fields")
_WHOLE_NUMBER = r"^-?[0-9]{1,9}$"
_BENEFITS_BEFORE = r'"benefits_before":\[([^\]]*)\]'


def latest_revisions() -> ibis.Table:
    """Of every fact of a type in `FIELDS` its greatest revision as of a time, without the voided.

    A record is stored once, but two sinks on one folder may overlap; both copies say the same.
    """
    told = RECORDS.filter(RECORDS.fact.isin(sorted(FIELDS)))
    known = told.join(CLOCK, told.registered_at <= CLOCK.at).drop("at", "today")
    newest_first = [known.revision.desc(), known.partition.desc(), known.offset.desc()]
    ranked = known.mutate(
        place=ibis.row_number().over(group_by=[known.fact, known.fact_id], order_by=newest_first)
    )
    return ranked.filter(ranked.place == 0, ~ranked.voided).select(*_KEPT)


def _column(latest: ibis.Table, name: str, kind: str) -> ibis.Value:
    """A field as a column; codes, days and pseudonyms hold nothing that JSON would escape.

    Engines differ in whether a JSON text that becomes plain text keeps its quotes.
    """
    said = latest.fields.cast("json")[name].cast("string").nullif("null")
    if kind == NUMBER:
        return ibis.cases((said.re_search(_WHOLE_NUMBER), said.cast("int64")))
    if kind == YES_NO:
        return ibis.cases((said == "true", True), (said == "false", False))
    text = ibis.cases((said.startswith('"'), said.substr(1, said.length() - 2)), else_=said)
    return day_of(text) if kind == DAY else text


@dataclass(frozen=True)
class Kept:
    """A table that is computed once per snapshot: by an expression, or step by step.

    `rounds`: of what is computed in steps the first expression and the one that is repeated, for
    the documentation.
    """

    table: ibis.Table
    expression: ibis.Table | None = None
    steps: Callable[[Snapshot], None] | None = None
    rounds: tuple[ibis.Table, ...] = ()


class Plan:
    """The tables between the records and the figures, each under its name; computes nothing."""

    def __init__(self) -> None:
        self.tables: dict[str, Kept] = {}

    def kept(self, name: str, make: Callable[[Plan], ibis.Table]) -> ibis.Table:
        """The table of a name, which `make` says how to compute."""
        if name not in self.tables:
            expression = make(self)
            table = ibis.table(expression.schema(), name=name)
            self.tables[name] = Kept(table, expression=expression)
        return self.tables[name].table

    def in_steps(
        self, name: str, rounds: tuple[ibis.Table, ...], steps: Callable[[Snapshot], None]
    ) -> ibis.Table:
        """The table of a name, which `steps` makes in a snapshot, looking at what comes out."""
        if name not in self.tables:
            table = ibis.table(rounds[0].schema(), name=name)
            self.tables[name] = Kept(table, steps=steps, rounds=rounds)
        return self.tables[name].table

    @property
    def latest(self) -> ibis.Table:
        """The latest revisions, `fields` as text."""
        return self.kept("latest", lambda _: latest_revisions())

    def of(self, fact: str) -> ibis.Table:
        """The facts of a type: the common columns, `day`, `sex`, and the type's own fields.

        `benefits` is a text that holds each code in double quotes, those before the closing if it
        names any. `confirmation`: flagged as the other agency's report (BR-35).
        """
        return self.kept(fact.replace(".", "_"), lambda plan: _facts_of(plan, fact))


def _facts_of(plan: Plan, fact: str) -> ibis.Table:
    latest = plan.latest.filter(plan.latest.fact == fact)
    fields = {name: _column(latest, name, kind) for name, kind in FIELDS[fact].items()}
    own = DAY_OF.get(fact)
    day = latest.event_day if own is None else ibis.coalesce(fields[own], latest.event_day)
    codes = ibis.coalesce(latest.benefits.join('","'), ibis.literal(""))
    benefits = ibis.literal('"') + codes + ibis.literal('"')
    if fact == "plan.closed":
        before = latest.fields.re_extract(_BENEFITS_BEFORE, 1)
        benefits = ibis.cases((before.contains('"benefit"'), before), else_=benefits)
    return latest.select(
        *COMMON,
        benefits=benefits,
        sex=ibis.coalesce(latest.sex, ibis.literal("okant")),
        day=day,
        confirmation=ibis.coalesce(latest.flags.contains("BR-35"), ibis.literal(False)),
        **fields,
    )


PLAN = Plan()


class Snapshot:
    """The facts as known at a time, on an engine; what is asked for is computed, and kept."""

    def __init__(self, engine: Engine, as_of: int) -> None:
        """A snapshot.

        Args:
            engine: where the records are.
            as_of: ms since the epoch (UTC); what was registered later is not seen.
        """
        self.engine = engine
        self.as_of = as_of
        self._made = {RECORDS.get_name(), CLOCK.get_name()}
        engine.keep(CLOCK.get_name(), clock(as_of, swedish_day(as_of)))

    def rows(self, expression: ibis.Table) -> list[Row]:
        """The rows of an expression over the plan's tables."""
        self.prepare(expression)
        return self.engine.rows(expression)

    def prepare(self, expression: ibis.Table) -> None:
        """Computes the tables that an expression reads."""
        for name in tables_of(expression):
            if name not in self._made:
                self._made.add(name)
                self._make(name, PLAN.tables[name])

    def _make(self, name: str, kept: Kept) -> None:
        if kept.steps is not None:
            kept.steps(self)
        elif kept.expression is not None:
            self.prepare(kept.expression)
            self.engine.keep(name, kept.expression)
