"""What `samverkan check` says of one message, and when that makes the command fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.cli.files import Expected
from gateway.cli.offline import Said
from gateway.cli.rule_words import in_force
from gateway.languages import Speech
from schemas.reasons import CATALOGUE


class Later(NamedTuple):
    """A later receipt of a message: whose, its data, and what was taken when it was written."""

    of: str
    data: dict[str, Any]
    because: str


@dataclass(slots=True)
class Verdict:
    """One message of a file, or a file that is none (`problem`).

    Attributes:
        place: from 1 in a history, 0 in a file of one message.
        own: its first receipt; None for a file that is no message.
        expect: what the file says of it, where that counts.
        repeats: whose receipt was given again.
        later: receipts that came of it afterwards, or of a message of an earlier run.
    """

    file: str
    place: int
    own: Said | None = None
    expect: Expected | None = None
    notices: tuple[tuple[str, str], ...] = ()
    problem: str | None = None
    repeats: str | None = None
    later: list[Later] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How it is called."""
        return f"{self.file} #{self.place}" if self.place else self.file

    @property
    def fails(self) -> bool:
        """Whether the command exits with 1 because of it."""
        if self.own is None:
            return True
        if self.expect is not None:
            return self.differs is not None
        return bool(self.own.data["status"] == "REJECTED")

    @property
    def differs(self) -> str | None:
        """How the receipt differs from what the file expects; None when it does not."""
        if self.own is None or self.expect is None:
            return None
        status = self.own.data["status"]
        codes = {reason["code"] for reason in self.own.data["reasons"]}
        missing = sorted(set(self.expect.codes) - codes)
        if status != self.expect.status:
            return f"expected {self.expect.status}, got {status}"
        if missing:
            return f"expected the code {', '.join(missing)}, got {', '.join(sorted(codes)) or '-'}"
        if status == "ACCEPTED" and codes:
            return f"expected no code, got {', '.join(sorted(codes))}"
        return None


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The documented form of a verdict (docs/check.md)."""
    own = None if verdict.own is None else verdict.own.data
    return {
        "file": verdict.file,
        "place": verdict.place or None,
        "problem": verdict.problem,
        "message_id": own and own["message_id"],
        "message_type": own and own["message_type"],
        "case_id": own and own["case_id"],
        "status": own and own["status"],
        "held_until": own and own["held_until"],
        "reasons": [] if own is None else [*map(_reason, own["reasons"])],
        "ground": own and own["ground"],
        "delivered_to": [] if own is None else own["delivered_to"],
        "notices": [{"topic": topic, "type": kind} for topic, kind in verdict.notices],
        "repeats": verdict.repeats,
        "expect": None
        if verdict.expect is None
        else {"status": verdict.expect.status, "codes": list(verdict.expect.codes)},
        "differs": verdict.differs,
        "later": [
            {
                "of": later.of,
                "message_id": later.data["message_id"],
                "status": later.data["status"],
                "decided_at": later.data["decided_at"],
                "when": later.because,
                "reasons": [*map(_reason, later.data["reasons"])],
                "delivered_to": later.data["delivered_to"],
            }
            for later in verdict.later
        ],
    }


def _reason(reason: dict[str, Any]) -> dict[str, Any]:
    """A reason as in the receipt, with its rule and the rule's source."""
    row = CATALOGUE[reason["code"]]
    return {**reason, "rule": row.rule, "source": row.source.en}


def reasons_in_words(data: dict[str, Any], speech: Speech) -> Iterator[str]:
    """Each reason of a receipt: where, what is wrong, what to do, by which rule."""
    for reason in data["reasons"]:
        yield reason["code"] + (f" at {reason['path']}" if reason["path"] else "")
        for line in speech.lines(reason["text_sv"], reason["text_en"]):
            yield f"  {line}"
        row = CATALOGUE[reason["code"]]
        if row.rule is not None:
            yield f"  {speech.short('källa', 'source')}: {speech.of(row.source)}"
            force = speech.of(in_force(row.rule))
            yield f"  {speech.short('gäller', 'in force')}: {force}"
            yield f"  {speech.short('mer', 'more')}: samverkan rules {row.rule}"
