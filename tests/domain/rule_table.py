"""A line of the table of rules, played through the gateway, and what came of it.

`python -m tests.domain.rule_table` writes anew what each line's reasons say and where they point
(`rule_table_reasons.json`): for who has changed a text, a path or a line, and has read the
difference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from gateway.cli.rule_table import Line, Step, rule_table
from schemas.registry import BY_NAME
from tests.dsl import Answer, Gateway

TABLE: Final = rule_table()
REASONS: Final = Path(__file__).with_name("rule_table_reasons.json")


def plain(value: Any) -> Any:
    """TOML's days as the texts that stand in messages."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


class Played:
    """A line played through the gateway, and what came of it."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.gateway = Gateway(now=0)
        arrives = line.registered or line.day
        own = [step.day for step in line.steps if step.day is not None]
        start = min([line.day, arrives, *own])
        for name in line.before:
            self._send_all(TABLE.beginnings[name].steps, start)
        self._send_all(line.steps, min(line.day, arrives))
        begun = len(self.gateway.log)
        self._on(f"{arrives.isoformat()}T09:00")
        self.answer = self._send(line, line.day)
        self._send_all(line.then, arrives)
        self.due: Answer = Answer("", ())
        if line.until is not None:
            moment = isinstance(line.until, datetime)
            self._on(line.until.isoformat() if moment else f"{line.until.isoformat()}T09:00")
            self.due = self.gateway.tick()
        self.after = Answer(self.answer.message_id, tuple(self.gateway.log[begun:]))

    def _on(self, text: str) -> None:
        """Go on to a time, and a little further when it is past already."""
        before = self.gateway.now
        self.gateway.on(text)
        self.gateway.now = max(self.gateway.now, before + 1000)

    def _send_all(self, steps: Iterable[Step], usual: date) -> None:
        for step in steps:
            day = step.day or usual
            self._on(f"{day.isoformat()}T08:00")
            answer = self._send(step, day)
            assert answer.status.startswith("ACCEPTED"), (step, answer.receipt)
            if step.message == "consent.recorded" and not step.keep_consent:
                self.gateway.consent = answer.message_id

    def _send(self, what: Line | Step, day: date) -> Answer:
        left_out: dict[str, Any] = dict.fromkeys(what.without)
        data = {**left_out, **self._amended(what), **plain(what.data)}
        return self.gateway.send(what.message, what.agency, day=day.isoformat(), **data)

    def _amended(self, what: Line | Step) -> dict[str, Any]:
        """What a correction or void says of the message that it amends, where the line does not."""
        if what.amends is None:
            return {}
        if what.amends == "itself":
            own = str(UUID(int=1))
            return {"envelope": {"id": own}, "voids": own, "reason": "hande_inte"}
        found, event = next(
            (one, event)
            for one, (_, event) in reversed(self.gateway.sent.items())
            if event["type"] == BY_NAME[what.amends].ce_type
        )
        if what.message.endswith(".voided"):
            return {"voids": found, "reason": "hande_inte"}
        return {"corrects": found, "reason": "fel_uppgift", "replacement": event["data"]}

    def receipts(self) -> list[str]:
        """The receipts of the message, as the table writes them."""
        found = [r for r in self.after.receipts if r["message_id"] == self.answer.message_id]
        return [
            " ".join((r["status"], *sorted(reason["code"] for reason in r["reasons"])))
            for r in found
        ]

    def told(self) -> list[str]:
        """The kinds of notices; what both agencies are told stands there once."""
        per_agency: dict[str, Counter[str]] = {"fk": Counter(), "af": Counter()}
        for agency, kind in self.after.notices:
            per_agency[agency][kind] += 1
        return sorted((per_agency["fk"] | per_agency["af"]).elements())

    def fact(self) -> dict[str, Any] | None:
        """The fact of the message, or of what it amends."""
        if self.line.amends is not None:
            return self.answer.facts[-1] if self.answer.facts else None
        mine = [f for f in self.after.facts if f["fact_id"] == self.answer.fact_id]
        return mine[-1] if mine else None

    def counted(self) -> list[str]:
        """Rules that deadlines counted."""
        return sorted(flag for fact in self.due.quality for flag in fact["flags"])

    def reasons(self) -> list[list[list[str]]]:
        """Per receipt of the message its reasons: severity, code, path and the Swedish text."""
        return [
            [[r["severity"], r["code"], r["path"] or "", r["text_sv"]] for r in receipt["reasons"]]
            for receipt in self.after.receipts
            if receipt["message_id"] == self.answer.message_id
        ]


def title(line: Line) -> str:
    """What names a line however many come before it."""
    return f"{line.rule} {line.day} {line.message}: {line.sv}"


def all_reasons() -> dict[str, list[list[list[str]]]]:
    """The reasons of every line that has any."""
    played = {title(line): Played(line).reasons() for line in TABLE.lines}
    return {name: reasons for name, reasons in played.items() if any(reasons)}


if __name__ == "__main__":
    text = json.dumps(all_reasons(), ensure_ascii=False, indent=1)
    REASONS.write_text(text + "\n", encoding="utf-8")
