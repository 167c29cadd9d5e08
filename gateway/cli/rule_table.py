"""The table of rules by example: read, checked and handed to tests, documentation and `rules`.

`rule_table.toml` says itself how a line is written. A line inherits what the head of its rule says;
a line about another message type inherits nothing of the head's message. A misspelt key is an
error that names the rule and the line.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.reasons import CATALOGUE, RULES

FILE: Final = Path(__file__).with_name("rule_table.toml")
Agency = Literal["fk", "af"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Part):
    """A message before or after the one that a line is about; `day` None: the line's own day."""

    message: str
    agency: Annotated[Agency | None, Field(alias="from")] = None
    day: date | None = None
    data: dict[str, Any] = {}
    without: tuple[str, ...] = ()
    amends: str | None = None
    keep_consent: bool = False


class Beginning(_Part):
    """A history that lines begin with, by name."""

    sv: str
    en: str
    steps: tuple[Step, ...]


class Line(_Part):
    """One situation and what the gateway answers; the fields are those of the TOML file."""

    rule: str
    day: date
    registered: date | None = None
    sv: str
    en: str
    ok: bool
    message: str
    agency: Annotated[Agency | None, Field(alias="from")] = None
    data: dict[str, Any] = {}
    without: tuple[str, ...] = ()
    amends: str | None = None
    before: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    then: tuple[Step, ...] = ()
    until: datetime | date | None = None
    answer: str
    later: str | None = None
    told: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    anonymous: bool | None = None
    fact: dict[str, Any] = {}
    number: float | None = None


class RuleTable(_Part):
    """All beginnings, and all lines: those of the rules in order, then those of other codes."""

    beginnings: dict[str, Beginning]
    lines: tuple[Line, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules, and the other codes of the catalogue that have lines."""
        return tuple(dict.fromkeys((*RULES, *(line.rule for line in self.lines))))

    def of(self, rule: str) -> tuple[Line, ...]:
        """The lines of a rule, or of another code."""
        return tuple(line for line in self.lines if line.rule == rule)


#: What a line about another message type does not inherit.
_OF_THE_MESSAGE: Final = ("from", "data", "without", "amends")


def _inherited(rule: str, head: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    base = {name: value for name, value in head.items() if name != "line"}
    if line.get("message", base.get("message")) != base.get("message"):
        base = {name: value for name, value in base.items() if name not in _OF_THE_MESSAGE}
    data = {**base.get("data", {}), **line.get("data", {})}
    return {**base, **line, "rule": rule, "data": data}


def parse(text: str) -> RuleTable:
    """The table in a TOML text.

    Raises:
        ValueError: one sentence naming the place and the fault.
    """
    content = tomllib.loads(text)
    beginnings = content.pop("beginnings", {})
    unknown = sorted(set(content) - set(CATALOGUE))
    if unknown:
        raise ValueError(f"the table of rules names {unknown[0]}, which is no rule or code")
    lines = [
        _inherited(rule, content[rule], line)
        for rule in (*RULES, *(code for code in content if code not in RULES))
        if rule in content
        for line in content[rule]["line"]
    ]
    try:
        table = RuleTable.model_validate({"beginnings": beginnings, "lines": lines})
    except ValidationError as problem:
        first = problem.errors()[0]
        place = first["loc"]
        rule = lines[int(place[1])]["rule"] if place[0] == "lines" else str(place[1])
        field = ".".join(str(part) for part in place[2:])
        raise ValueError(
            f"the table of rules is wrong at {rule}, {field}: {first['msg']}"
        ) from None
    for line in table.lines:
        missing = [name for name in line.before if name not in table.beginnings]
        if missing:
            raise ValueError(
                f"the table of rules is wrong at {line.rule}: no beginning {missing[0]}"
            )
    return table


@cache
def rule_table() -> RuleTable:
    """The shipped table."""
    return parse(FILE.read_text(encoding="utf-8"))
