"""Controls over facts: sound facts pass, and each fault of the agencies' reports is seen."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.followup.controls_facts import Findings, examine
from gateway.followup.periods import parse_as_of, parse_period
from gateway.followup.query import FactReader
from gateway.followup.render import render_html, render_text
from tests.followup.extract_dsl import SMALL_YEAR, extract
from tests.followup.followup_dsl import ANONYMOUS, fact, store_of

PERSONS = 12


def happened(kind: str, name: str, day: str, **fields: Any) -> bytes:
    """A fact of person `name` on a day, registered that noon."""
    data = {key: fields.pop(key) for key in ("unit_key", "unit_case", "delay_days", "unit", "flags",
                                             "benefits") if key in fields}  # fmt: skip
    own = {"unit_key": f"person-{name}", "unit_case": f"case-{name}"}
    return fact(
        f"{kind} {name} {day}",
        kind,
        registered=f"{day}T12:00:00.000Z",
        fields=fields,
        **{**own, **data},
    )


def participation(name: str, *, closed: bool = True, ended: bool = True) -> list[bytes]:
    """A person's way through an intervention in 2024."""
    facts = [happened("plan.intervention_started", name, "2024-02-01", started_at="2024-02-01")]
    if ended:
        facts.append(happened("plan.intervention_ended", name, "2024-06-03", end_reason="avslut"))
    if closed:
        closing = {"outcome": "studies", "last_insats_category": "arbetslivsinriktad"}
        facts.append(happened("plan.closed", name, "2024-06-10", **closing))
    return facts


def asked(root: Path, values: list[bytes], as_of: str = "2024-12-31") -> Findings:
    with FactReader(store_of(root, values)) as reader:
        at = parse_as_of(as_of)
        return examine(reader, parse_period("2024"), at, date.fromisoformat(as_of))


def stock(found: Findings) -> tuple[int, int]:
    return found.controls[0].left, found.controls[0].right


def failing(found: Findings) -> list[str]:
    return [one.name.split(":")[0].split(" = ")[0] for one in found.controls if one.fails]


def test_stock_and_flow_close_on_complete_data(tmp_path: Path) -> None:
    """Acceptance check 9: to nought, with some still there and one who began before the stream."""
    values = [one for n in range(PERSONS) for one in participation(f"p{n}")]
    values += participation("stays", closed=False, ended=False) + participation("before")[1:]
    found = asked(tmp_path, values)
    assert stock(found) == (1, 1)
    assert failing(found) == []
    months = {line[0]: line[1:] for line in found.tables[0].lines}
    assert months["2024-02"] == ("1", "13", "0", "14", "14", "0")
    assert months["2024-06"] == ("14", "0", "13", "1", "1", "0")


@pytest.mark.parametrize(
    ("as_of", "fails"), [("2024-12-31", True), ("2024-07-03", True), ("2024-07-02", False)]
)
def test_a_third_of_the_exits_missing_raises_the_control(
    tmp_path: Path, as_of: str, fails: bool
) -> None:
    """The fault of the SUS years; a closing may come some weeks after the end."""
    values = [one for n in range(PERSONS) for one in participation(f"p{n}", closed=n % 3 > 0)]
    found = asked(tmp_path, values, as_of)
    assert stock(found) == (PERSONS // 3, 0 if fails else PERSONS // 3)
    assert bool(failing(found)) == fails


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("meeting.follow_up_held", {"decision": "avsluta"}),
        ("plan.status_reported", {"status": "studies"}),
    ],
)
def test_an_exit_shows_elsewhere_too(tmp_path: Path, kind: str, fields: dict[str, str]) -> None:
    """The follow-up decided it, or the status 90 days later was reported."""
    values = participation("p", closed=False, ended=False)
    assert stock(asked(tmp_path / "a", values)) == (1, 1)
    values.append(happened(kind, "p", "2024-09-10", **fields))
    assert stock(asked(tmp_path / "b", values)) == (1, 0)


def test_who_goes_on_to_another_intervention_has_not_left(tmp_path: Path) -> None:
    """A move is no exit, and neither is an end before a new start."""
    values = participation("p", closed=False, ended=False)
    values.append(
        happened("plan.intervention_ended", "p", "2024-03-01", end_reason="fortsatter_annan_insats")
    )
    values += participation("q", closed=False)
    values.append(happened("plan.intervention_started", "q", "2024-06-20"))
    assert stock(asked(tmp_path, values)) == (2, 2)


def test_a_closing_without_outcome_fails_from_2024(tmp_path: Path) -> None:
    """24 fn 13; by benefit."""
    values = participation("p")
    values.append(happened("plan.closed", "q", "2024-05-02", last_insats_category="x"))
    values.append(happened("plan.closed", "r", "2024-05-02", last_insats_category="none"))
    found = asked(tmp_path, values)
    assert failing(found) == ["closings with their outcome"]
    assert found.tables[1].lines == [("sjukpenning", "2", "1")]


def test_a_link_without_consent_fails(tmp_path: Path) -> None:
    """Anonymous facts lead to nobody, and a withdrawal carries no pseudonym."""
    sound = happened("meeting.contact_held", "p", "2024-05-02", **ANONYMOUS)
    assert failing(asked(tmp_path / "a", [sound])) == []
    linked = happened("meeting.contact_held", "q", "2024-05-02", meeting_key="m", **ANONYMOUS)
    purposes = [{"purpose": "statistics_personal_data", "status": "withdrawn"}]
    withdrawn = happened("consent.recorded", "r", "2024-05-02", purposes=purposes)
    assert failing(asked(tmp_path / "b", [sound, linked, withdrawn])) == [
        "anonymous facts with a link to a person or a case",
        "withdrawals of the consent to statistics that carry a pseudonym",
    ]


def test_the_way_from_refusal_to_enrolment_is_told(tmp_path: Path) -> None:
    """Of each step, how many have the one before; what is missing is a note, not a fault."""

    def refusal(name: str, **more: Any) -> bytes:
        told = {"decision": "avslag", "benefit": "sjukpenning", **more}
        return happened("status.benefit_decided", name, "2024-05-02", **told)

    def meeting(step: str, name: str, day: str, **more: Any) -> bytes:
        own = {"meeting_key": f"m-{name}", "benefit": "sjukpenning", **more}
        return happened(f"meeting.transition_{step}", name, day, **own)

    values = [refusal(name) for name in "abc"] + [refusal("first", first_application=True)]
    values += [refusal("anonymous", **ANONYMOUS)]
    values += [meeting("offered", name, "2024-05-01") for name in "ab"]
    values += [meeting("answered", "a", "2024-05-03", answer="ja")]
    values += [meeting("held", name, "2024-05-10") for name in "ab"]
    values += [happened("status.enrolled", "a", "2024-05-12")]
    found = asked(tmp_path, values)
    assert failing(found) == []
    assert [(one.left, one.right) for one in found.controls if one.kind == "note"] == [
        (4, 4), (2, 3), (1, 2),
    ]  # fmt: skip
    tables = {one.key: one.lines for one in found.tables}
    assert tables["avslag"] == [("sjukpenning", "4", "3", "2")]
    assert tables["moten"] == [("sjukpenning", "2", "2", "1", "1", "1")]


def test_a_case_id_of_two_persons_is_told(tmp_path: Path) -> None:
    """Both facts are kept; that a sender has used a case id twice is a note, not an error."""
    values = [happened("plan.set", name, "2024-05-02", unit_case="case-1") for name in "ab"]
    values += [happened("plan.set", "c", "2024-05-02")]
    found = asked(tmp_path, values)
    (told,) = [one for one in found.controls if one.name.startswith("cases of one person")]
    assert (told.left, told.right, told.fails) == (1, 2, False)
    assert told.told_sv(with_sides=True).startswith("en del ärendenummer används för flera")
    assert [line for line in failing(found) if line.startswith("cases")] == []


def test_delays_refusals_and_consent_are_told(tmp_path: Path) -> None:
    """By unit, by reason with its text, by fact."""
    values = [
        happened("plan.set", "a", "2024-05-02", unit="fk-1", delay_days=45),
        happened("plan.set", "b", "2024-05-02", unit="fk-1", delay_days=1),
        happened("plan.set", "c", "2024-05-02", unit="fk-2", **ANONYMOUS),
        happened("quality.rejected", "d", "2024-05-02", codes=["BR-30"], **ANONYMOUS),
    ]
    tables = {one.key: one.lines for one in asked(tmp_path, values).tables}
    assert tables["sena"][0] == ("fk-1", "2", "1", "50,0 %", "23", "45")
    assert tables["samtycke"] == [("plan.set", "2", "1")]
    ((code, count, text),) = tables["avvisade"]
    assert (code, count) == ("BR-30", "1")
    assert "outcome" in text


def test_it_is_part_of_every_extract(tmp_path: Path) -> None:
    """What fails stands at the top; tables of units and reasons are not for the public."""
    values = [*SMALL_YEAR, *participation("p", closed=False)]
    values.append(happened("plan.set", "late", "2024-12-02", unit="fk-9", delay_days=45))
    store = store_of(tmp_path, values)
    inside, outside = extract(store), extract(store, audience="public")
    assert [one.about for one in inside.failed] == ["facts"]
    assert "bestånd i insats" in render_text(inside).splitlines()[0]
    assert "fk-9" in render_html(inside)
    assert "bestånd i insats" in render_html(outside)
    assert "fk-9" not in render_html(outside)
    assert "(1 mot 0)" in render_text(inside)
    assert "(1 mot 0)" not in render_text(outside) + render_html(outside)
