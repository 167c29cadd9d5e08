"""Whole histories as facts: what a person goes through, in the words of the cooperation.

Every person has a key and a case of the same name unless the history is anonymous. Days are texts;
a fact is registered at noon of its day unless `registered` says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.followup.report import Row, report
from tests.followup.followup_dsl import ANONYMOUS, SP, fact, fact_id, store_of


class History:
    """The facts of one person, in the order in which they are told."""

    def __init__(self, name: str, *, sex: str = "kvinna", **common: Any) -> None:
        self.name = name
        self.facts: list[bytes] = []
        self._told = 0
        self.common: dict[str, Any] = {
            "unit_key": f"person-{name}",
            "unit_case": f"case-{name}",
            "sex": sex,
            "benefits": [SP],
            **common,
        }

    @classmethod
    def anonymous(cls, name: str, **common: Any) -> History:
        """A person who has not agreed to be followed."""
        return cls(name, **ANONYMOUS, **common)

    def tell(self, kind: str, day: str, **fields: Any) -> History:
        """One more fact; `registered`, `round_no`, `benefits`, `unit`, ... may be given too."""
        self._told += 1
        whole = {**self.common}
        for key in ("registered", "round_no", "benefits", "unit", "employment", "flags"):
            if key in fields:
                whole[key] = fields.pop(key)
        registered = whole.pop("registered", f"{day}T12:00:00.000Z")
        identity = fields.pop("id", f"{self.name}-{self._told}")
        links = {name: value for name, value in fields.items() if name.endswith("_key")}
        if self.common["unit_key"] is None:
            fields = {name: value for name, value in fields.items() if name not in links}
        self.facts.append(
            fact(identity, kind, registered=registered, event_at=day, fields=fields, **whole)
        )
        return self

    def opened(self, day: str, *, since: str | None = "2023-01-01", **fields: Any) -> History:
        """The need is identified; the benefit case runs since a day."""
        return self.tell(
            "referral.initiated",
            day,
            need_identified_at=day,
            initiating_path=fields.pop("path", "fk_identified"),
            **({} if since is None else {"benefit_case_start": since}),
            **fields,
        )

    def assessed(self, day: str, **fields: Any) -> History:
        """A joint assessment completed; `gk` names it."""
        name = fields.pop("gk", "gk")
        said = {"completed_at": day, "conclusion": "plan_af_insats", "gk_key": name, **fields}
        return self.tell("meeting.assessment_completed", day, **said)

    def decided(self, day: str, insats: str = "i", **fields: Any) -> History:
        """AF decides on an intervention."""
        said = {"category": "arbetslivsinriktad", "program": "none", **fields}
        return self.tell(
            "plan.intervention_decided", day, decided_at=day, insats_key=insats, **said
        )

    def started(self, day: str, insats: str = "i", **fields: Any) -> History:
        """An intervention starts."""
        return self.tell(
            "plan.intervention_started", day, started_at=day, insats_key=insats, **fields
        )

    def ended(self, day: str, insats: str = "i", **fields: Any) -> History:
        """An intervention ends."""
        said = {"ended_at": day, "end_reason": "avslut", "insats_key": insats, **fields}
        return self.tell("plan.intervention_ended", day, **said)

    def closed(self, day: str, outcome: str | None, **fields: Any) -> History:
        """The round closes after an intervention, unless `last_insats_category` says otherwise."""
        said: dict[str, Any] = {
            "closed_at": day,
            "last_insats_category": "arbetslivsinriktad",
            **({} if outcome is None else {"outcome": outcome}),
            **fields,
        }
        return self.tell("plan.closed", day, **said)

    def met(self, day: str, benefit: str = SP, **fields: Any) -> History:
        """A transition meeting is held."""
        said = {"benefit": benefit, "meeting_form": "omstallningsmote", "held_at": day, **fields}
        return self.tell("meeting.transition_held", day, benefits=[benefit], **said)

    def refused(self, day: str, benefit: str = SP, **fields: Any) -> History:
        """FK refuses a benefit."""
        said = {"benefit": benefit, "decision": "avslag", "decided_at": day, **fields}
        return self.tell("status.benefit_decided", day, benefits=[benefit], **said)

    def offered(self, day: str, benefit: str = SP, meeting: str = "m") -> History:
        """A transition meeting is offered."""
        said = {"benefit": benefit, "offered_at": day, "meeting_key": f"{self.name}-{meeting}"}
        return self.tell("meeting.transition_offered", day, benefits=[benefit], **said)

    def answered(self, day: str, answer: str, meeting: str = "m") -> History:
        """The offer is answered."""
        said = {"answered_at": day, "answer": answer, "meeting_key": f"{self.name}-{meeting}"}
        return self.tell("meeting.transition_answered", day, **said)

    def enrolled(self, day: str, **fields: Any) -> History:
        """Enrolled as a job seeker at AF."""
        return self.tell("status.enrolled", day, enrolled_at=day, **fields)

    def sgi(self, last_day: str, **fields: Any) -> History:
        """FK opens an SGI case: the last day with sickness benefit."""
        said = {"has_sgi": True, "last_day_with_sp": last_day, "sgi_key": "s", **fields}
        return self.tell("sgi.opened", last_day, **said)

    def sgi_closed(self, day: str, state: str) -> History:
        """FK decides on the protection."""
        said = {"protection_state": state, "decided_at": day, "sgi_key": "s"}
        return self.tell("sgi.closed", day, **said)


def facts_of(*histories: History) -> list[bytes]:
    """The facts of all, person by person."""
    return [one for history in histories for one in history.facts]


def confirmation_of(name: str) -> dict[str, Any]:
    """What makes a fact the confirmation of the one that a history called `name` told."""
    return {"confirms": fact_id(name), "flags": ["BR-35"]}


class Figures:
    """A computed table by the keys of its rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def row(self, measure: str, benefit: str = "total", sex: str = "total", **group: str) -> Row:
        """The one row with these keys; `group` holds exactly the row's."""
        return next(
            row
            for row in self.rows
            if (row["measure"], row["benefit"], row["sex"]) == (measure, benefit, sex)
            and row["group"] == group
        )

    def of(self, measure: str, benefit: str = "total", sex: str = "total", **group: str) -> Any:
        """Its value."""
        return self.row(measure, benefit, sex, **group)["value"]

    def parts(
        self, measure: str, benefit: str = "total", sex: str = "total", **group: str
    ) -> tuple[int | None, int | None]:
        """Its numerator and denominator."""
        row = self.row(measure, benefit, sex, **group)
        return row["numerator"], row["denominator"]


def table(
    root: Path, table_id: str, period: str, *histories: History, definition: str | None = None
) -> Figures:
    """A table of a new store with these histories."""
    store = store_of(root, facts_of(*histories))
    return Figures(report(store, table_id, period, definition=definition))
