"""The table of rules by example, line by line: each situation gets just the answer that it says.

The lines stand in `gateway/cli/rule_table.toml`, which a case officer can read and change. What
the table must hold at least is at the end of this file.
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest

from gateway.agreement.explain import rules_of
from gateway.agreement.model import Dates, Limits
from gateway.cli.rule_table import Line, parse
from gateway.domain.rules.derived import MARKS
from schemas.notices_v1 import NOTICE_MODELS
from schemas.reasons import CATALOGUE, RULES
from tests.domain.rule_table import REASONS, TABLE, Played, title
from tests.dsl import AGREEMENT

FINAL = {"ACCEPTED", "ACCEPTED_WITH_WARNING", "REJECTED", "EXPIRED", "WITHHELD"}


WARNED = "ACCEPTED_WITH_WARNING"
SAID = json.loads(REASONS.read_text(encoding="utf-8"))


def named(line: Line) -> str:
    """For instance BR-08-3: the third line of the rule."""
    return f"{line.rule}-{TABLE.of(line.rule).index(line) + 1}"


@pytest.mark.parametrize("line", TABLE.lines, ids=named)
def test_every_line_gets_the_answer_that_it_says(line: Line):
    """Also where each reason points and what it says: `python -m tests.domain.rule_table`."""
    played = Played(line)
    expected = [" ".join(sorted_codes(line.answer))]
    if line.later is not None:
        expected.append(" ".join(sorted_codes(line.later)))
    assert played.receipts() == expected, played.answer.receipt
    assert played.told() == sorted(line.told)
    if line.later is None:
        assert played.counted() == sorted(line.counted)
    fact = played.fact()
    assert (fact is not None) == (expected[-1].partition(" ")[0] in {"ACCEPTED", WARNED})
    if fact is not None:
        rules = {code for code in expected[-1].split()[1:] if code.startswith("BR-")}
        assert set(fact["flags"]) == rules | set(line.flags)
        assert line.anonymous in {None, fact["unit_key"] is None}
        assert {name: fact[name] for name in line.fact} == line.fact
    said = played.reasons()
    assert SAID.get(title(line), [[]] * len(said)) == said, "place and exact text of each reason"


def test_the_stored_reasons_are_of_lines_that_there_are():
    titles = [title(line) for line in TABLE.lines]
    assert len(set(titles)) == len(titles)
    assert set(SAID) <= set(titles)


def sorted_codes(answer: str) -> list[str]:
    status, *codes = answer.split()
    return [status, *sorted(codes)]


#: Codes of contract 1.1 that are no rule of their own: A 9, A 10.
OTHER_CODES = ("consent.reopened", "correction.unknown_message", "envelope.key_mismatch")


def test_the_codes_of_contract_1_1_have_lines():
    assert TABLE.codes == (*RULES, *OTHER_CODES)


# -- what the table must hold


def codes_of(line: Line) -> set[str]:
    return {*line.answer.split()[1:], *(line.later or "").split()[1:], *line.flags, *line.counted}


#: Rules that no code and no mark names: they show in how the fact or the schema is made.
SHOWN_OTHERWISE = {"BR-10", "BR-27", "BR-28", "BR-29", "BR-38", "BR-45"}
#: Rules that a deadline tells of with a notice.
SHOWN_BY_NOTICE = {"BR-32", "BR-33", "BR-40"}


@pytest.mark.parametrize("rule", [code for code in TABLE.codes if code != "envelope.key_mismatch"])
def test_every_rule_has_at_least_three_lines_and_both_outcomes(rule: str):
    lines = TABLE.of(rule)
    assert len(lines) >= 3
    assert {line.ok for line in lines} == {True, False}


@pytest.mark.parametrize("line", TABLE.lines, ids=named)
def test_a_line_says_that_its_rule_is_broken_just_when_the_gateway_does(line: Line):
    if line.rule in SHOWN_OTHERWISE:
        return
    if line.rule in SHOWN_BY_NOTICE:
        assert line.ok == (not line.told)
    else:
        # A message that has waited in vain may be let through; what it ends with counts.
        broken = line.rule in codes_of(line) and line.later != "ACCEPTED"
        broken = broken or (line.rule == "BR-22" and "sgi_missed" in line.told)
        assert line.ok == (not broken)


#: Agreed day -> the rules that it begins or ends. An insurance has no day yet; what its day does
#: is tested beside the rule.
DATES_OF = {
    name: [rule for rule in RULES if name in CATALOGUE[rule].terms]
    for name in Dates.model_fields
    if name != "workplace_insurance"
}
#: Days that the sources fix, by rule: the first day of what is new.
FIXED = [
    ("BR-13", date(2003, 1, 1)),
    ("BR-14", date(2008, 1, 1)),
    ("BR-14", date(2018, 1, 1)),
    ("BR-14", date(2020, 1, 1)),
]


def test_every_day_that_a_group_of_rules_asks_for_is_a_term_of_one_of_them():
    """The module of a group and its reasons have one name; what is asked for is in the code."""
    root = Path(__file__).parents[2]
    for file in sorted((root / "gateway/domain/rules").glob("*.py")):
        asked = set(re.findall(r'\bday\("(\w+)"\)', file.read_text(encoding="utf-8")))
        reasons = root / "schemas/reasons" / file.name
        if asked:
            codes = re.findall(
                r'^        "(BR-\d+)",$', reasons.read_text(encoding="utf-8"), re.MULTILINE
            )
            assert asked <= {term for code in codes for term in CATALOGUE[code].terms}, file.name


def boundaries() -> list[tuple[str, date]]:
    """Every (rule, first day of something new): of the agreement, the catalogue, the sources."""
    found = {(rule, getattr(AGREEMENT.dates, name)) for name in DATES_OF for rule in DATES_OF[name]}
    for rule in RULES:
        reason = CATALOGUE[rule]
        if reason.valid_from is not None:
            found.add((rule, reason.valid_from))
        if reason.valid_to is not None:
            found.add((rule, reason.valid_to + timedelta(days=1)))
    return sorted({*found, *FIXED})


def test_every_agreed_day_is_of_some_rule():
    assert all(DATES_OF.values())


@pytest.mark.parametrize(("rule", "first"), boundaries(), ids=str)
def test_every_day_on_which_a_rule_changes_has_a_line_on_each_side(rule: str, first: date):
    days = {line.day for line in TABLE.of(rule)}
    assert {first - timedelta(days=1), first} <= days


#: Limit -> its rule and the two numbers next to it.
LIMITS_OF = {
    "hold_days": ("BR-06", lambda n: {n - 1, n}),
    "late_days": ("BR-36", lambda n: {n, n + 1}),
    "follow_up_interval_days": ("BR-33", lambda n: {n, n + 1}),
    "offer_after_decision_days": ("BR-18", lambda n: {n, n + 1}),
    "dispute_days": ("BR-34", lambda n: {n, n + 1}),
    "close_after_no_development_days": ("BR-32", lambda n: {n, n + 1}),
    "stale_days": ("BR-40", lambda n: {n, n + 1}),
    "sgi_days": ("BR-22", lambda n: {n, n + 1}),
    "sgi_reminder_days": ("BR-22", lambda ns: {m for n in ns for m in (n - 1, n)}),
}
#: The 90-day status is no rule (MF10: test_deadlines), small counts are of publication.
NO_RULE = {"status_after_closing_days", "small_count"}
#: Numbers that the sources fix.
FIXED_NUMBERS = {
    "BR-08": {0.249, 0.25},
    "BR-09": {0.249, 0.25},
    "BR-12": {0.249, 0.25},
    "BR-13": {6, 7, 29, 30},
    "BR-14": {89, 90, 91, 180, 181},
    "BR-19": {179, 180},
    "BR-23": {74, 75},
    "BR-35": {1, 2},
}


def test_every_limit_has_a_line_on_each_side():
    assert set(LIMITS_OF) | NO_RULE == set(Limits.model_fields)
    for name in Limits.model_fields:
        rule = LIMITS_OF[name][0] if name in LIMITS_OF else None
        assert (rule is None) == (not rules_of(name))
        assert rule is None or rule in rules_of(name)
    wanted: dict[str, set[float]] = {rule: set(n) for rule, n in FIXED_NUMBERS.items()}
    for name, (rule, sides) in LIMITS_OF.items():
        wanted.setdefault(rule, set()).update(sides(getattr(AGREEMENT.limits, name)))
    for rule, numbers in wanted.items():
        assert numbers <= {line.number for line in TABLE.of(rule)}, rule


def test_every_mark_of_the_statistics_is_shown():
    marks = {rule for checks in MARKS.values() for rule, _ in checks}
    assert marks <= {flag for line in TABLE.lines for flag in line.flags}


def did(line: Line) -> set[str]:
    """What a rule did in a line, in the words of the catalogue."""
    found = set()
    for answer in (line.answer, line.later or ""):
        status, *codes = answer.split() or [""]
        if line.rule in codes:
            found.add({"REJECTED": "reject", "HELD": "hold"}.get(status, "warn"))
    if line.rule in line.flags:
        found.add("derive")
    if line.rule in line.counted or (line.told and line.until):
        found.add("remind")
    return found


@pytest.mark.parametrize("rule", sorted(set(RULES) - SHOWN_OTHERWISE))
def test_the_lines_of_a_rule_show_just_what_the_catalogue_says_that_it_does(rule: str):
    shown = {action for line in TABLE.of(rule) for action in did(line)}
    if rule in {"BR-06", "BR-25"}:
        # Notices of other rules: that a wait is over, that an SGI is watched.
        shown.discard("remind")
    assert shown == set(CATALOGUE[rule].does)


def test_a_notice_of_the_table_is_one_of_the_contract():
    names = [get_args(model.model_fields["type"].annotation)[0] for model in NOTICE_MODELS]
    kinds = {name.split(".")[3] for name in names}
    assert {kind for line in TABLE.lines for kind in line.told} <= kinds


LINE = """
[[BR-01.line]]
day = 2024-01-01
sv = "a"
en = "a"
ok = true
message = "plan.set"
answer = "ACCEPTED"
"""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[BR-01.line]]\nsvv = 1", "BR-01"),
        ("[BR-99]", "BR-99"),
        ('["no.code"]', "no.code"),
        ('[beginnings.x]\nsv = "a"', "at x"),
        (f'{LINE}\nbefore = ["nothing"]', "no beginning nothing"),
    ],
)
def test_a_misspelt_table_is_refused_with_its_place(text: str, wrong: str):
    with pytest.raises(ValueError, match=wrong):
        parse(text)
