"""The shape of a reason and of a finding. The other modules of this folder hold the rows.

A row says what is wrong and what to do, in Swedish and English. `also` holds exacter texts by
the finding's detail code, or by its severity where a rule can refuse one message and warn on
another. No text has a place for payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "hold"]
#: What a business rule does: refuse, flag or hold a message, let it through on purpose, mark or
#: leave out the follow-up fact, or remind both agencies when time has passed.
Action = Literal["reject", "warn", "hold", "accept", "derive", "remind"]

#: The first day of the revised way of working. The report says "slutet av 2023" and no day.
REVISED_WAY_OF_WORKING: Final = date(2023, 12, 1)


class Texts(NamedTuple):
    """The same in Swedish and in English."""

    sv: str
    en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the closed catalogue.

    `severity` is the usual one; a rule may say otherwise per finding. `valid_from` and `valid_to`
    are the event dates between which a dated rule is in force (both included, None: no limit).
    `source` cites the report, contract or statute where the rule is printed, by section
    (`schemas.reasons.sources`). `retired`: no longer given, kept so that old receipts can be read
    and the code is never reused. `does`: the actions of a business rule, the usual one first.
    `terms`: names of the limits and dates of the agreement that the rule uses.
    """

    code: str
    severity: Severity
    text_sv: str
    text_en: str
    source: Texts
    rule: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    retired: bool = False
    also: Mapping[str, Texts] = field(default_factory=lambda: MappingProxyType({}))
    does: tuple[Action, ...] = ()
    terms: tuple[str, ...] = ()

    def texts(self, severity: str, detail: str) -> Texts:
        """Return the texts for a finding: by its detail, else by its severity, else the usual."""
        usual = Texts(self.text_sv, self.text_en)
        return self.also.get(detail) or self.also.get(severity) or usual


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a message was found to be, at a path; `detail` is a code, never payload."""

    code: str
    severity: str
    path: str | None = None
    detail: str = ""


def rule(
    code: str,
    severity: Severity,
    texts: Texts,
    source: Texts,
    *,
    does: tuple[Action, ...],
    terms: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    also: Mapping[str, Texts] = MappingProxyType({}),
) -> Reason:
    """Return the row of a business rule, whose code is its number."""
    return Reason(
        code,
        severity,
        texts.sv,
        texts.en,
        source,
        rule=code,
        valid_from=since,
        valid_to=until,
        also=MappingProxyType(dict(also)),
        does=does,
        terms=terms,
    )
