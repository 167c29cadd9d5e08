"""The catalogue is closed, complete, in two languages, and its texts have no place for payload."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from schemas import schema_errors
from schemas.reasons import CATALOGUE, RULES, Finding, Reason, Texts, catalogue_of, finding, render
from schemas.reasons.row import rule
from schemas.reasons.sources import OWN_RULE

ANSWERS = Path(__file__).parents[1] / "domain" / "rule_table_reasons.json"
CONTRACT = [
    "envelope.not_json",
    "envelope.not_cloudevent",
    "envelope.unknown_type",
    "envelope.unsupported_version",
    "envelope.wrong_topic",
    "envelope.wrong_sender",
    "envelope.too_large",
    "envelope.bad_timestamp",
    "envelope.key_mismatch",
    "envelope.wrong_partition",
    "envelope.unknown_key_id",
    "envelope.subject_mismatch",
    "schema.invalid",
    "identity.invalid_number",
    "id.conflict",
    "consent.missing",
    "consent.refused",
    "consent.withdrawn",
    "consent.expired",
    "consent.out_of_scope",
    "consent.reopened",
    "consent.awaited",
    "case.awaited",
    "case.closed",
    "correction.unknown_message",
    "hold.expired",
    "gateway.parked",
    "gateway.full",
]
HOLDS = {"consent.awaited", "case.awaited", "correction.unknown_message", "gateway.parked", "BR-03"}
REFUSING_RULES = {"BR-01", "BR-04", "BR-08", "BR-09", "BR-15", "BR-30", "BR-37", "BR-43", "BR-45"}

EVERY_TEXT = [
    (code, texts)
    for code, reason in CATALOGUE.items()
    for texts in (Texts(reason.text_sv, reason.text_en), *reason.also.values())
]


def test_the_catalogue_holds_the_contracts_codes_and_every_rule_and_nothing_else():
    assert set(CATALOGUE) == {*CONTRACT, *RULES}


def test_no_rule_with_recorded_answers_is_dropped_from_the_catalogue():
    """A rule is retired, never dropped: old receipts name it."""
    recorded = {name.split()[0] for name in json.loads(ANSWERS.read_text(encoding="utf-8"))}
    assert recorded & set(RULES)
    assert recorded <= set(CATALOGUE)


def test_the_rules_are_in_the_order_of_their_numbers():
    assert list(RULES) == sorted(RULES)


def test_severities_are_those_of_the_contract():
    assert {code for code, r in CATALOGUE.items() if r.severity == "hold"} == HOLDS
    assert {c for c in RULES if CATALOGUE[c].severity == "error"} == REFUSING_RULES
    assert CATALOGUE["hold.expired"].severity == "warning"
    for code in CONTRACT:
        if code not in HOLDS | {"hold.expired", "consent.reopened"}:
            assert CATALOGUE[code].severity == "error"


@pytest.mark.parametrize(("code", "texts"), EVERY_TEXT)
def test_every_text_is_a_whole_sentence_in_its_own_language(code, texts):
    for text in texts:
        assert 20 < len(text) < 260
        assert text[0].isupper()
        assert text.endswith(".")
        assert not re.search(r"[{}%]|  ", text)
    assert texts.sv != texts.en
    assert not re.search(r"\b(the|message|and|not)\b", texts.sv)
    assert not re.search(r"\b(och|inte|meddelandet|är)\b", texts.en)


def test_no_two_codes_say_the_same():
    usual = [reason.text_sv for reason in CATALOGUE.values()]
    assert len(set(usual)) == len(usual)


def test_rules_name_their_number_and_source():
    for code in RULES:
        assert CATALOGUE[code].rule == code
        assert all(CATALOGUE[code].source)
    assert all(CATALOGUE[code].rule is None for code in CONTRACT)
    assert not any(reason.retired for reason in CATALOGUE.values())


@pytest.mark.parametrize(
    ("code", "since", "until"),
    [
        ("BR-01", dt.date(2019, 5, 15), None),
        ("BR-02", dt.date(2023, 12, 1), None),
        ("BR-09", dt.date(2018, 10, 1), None),
        ("BR-30", dt.date(2024, 1, 1), None),
        ("BR-42", dt.date(2014, 1, 1), dt.date(2014, 12, 31)),
        ("BR-04", None, None),
    ],
)
def test_dated_rules_have_their_dates(code, since, until):
    assert (CATALOGUE[code].valid_from, CATALOGUE[code].valid_to) == (since, until)


def test_a_detail_picks_the_exacter_text_and_then_the_severity_does():
    reason = CATALOGUE["BR-30"]
    assert render(Finding("BR-30", "error"))["text_sv"] == reason.text_sv
    assert render(Finding("BR-30", "warning"))["text_sv"] == reason.also["warning"].sv
    assert render(Finding("BR-30", "warning", None, "explicit_unknown"))["text_en"] == (
        reason.also["explicit_unknown"].en
    )
    assert render(Finding("BR-30", "error", None, "unheard-of"))["text_en"] == reason.text_en


def test_a_rendered_finding_is_what_a_receipt_holds():
    assert render(finding("schema.invalid", "data.channel", "not_in_code_list")) == {
        "code": "schema.invalid",
        "severity": "error",
        "path": "data.channel",
        "text_sv": CATALOGUE["schema.invalid"].also["not_in_code_list"].sv,
        "text_en": CATALOGUE["schema.invalid"].also["not_in_code_list"].en,
    }


def test_every_kind_of_schema_problem_has_its_own_text():
    known = CATALOGUE["schema.invalid"].also
    kinds = {
        *set(schema_errors._DETAIL_BY_TYPE.values()) - {"other_charset"},  # of an attribute
        *schema_errors._DETAIL_BY_PATTERN.values(),
        "wrong_type",
        "missing_here",
        "given_twice",
        "personal_number_outside_person",
        "more",
    }
    assert kinds <= known.keys()
    assert len({texts.sv for texts in known.values()}) == len(known)


def test_a_catalogue_with_a_code_twice_is_refused():
    rows = tuple(CATALOGUE.values())
    with pytest.raises(ValueError, match="twice"):
        catalogue_of((*rows, rows[0]))


def test_a_row_is_frozen():
    row: Reason = rule("BR-99", "warning", Texts("Sv.", "En."), OWN_RULE, does=("warn",))
    with pytest.raises(TypeError):
        row.also["x"] = Texts("a", "b")
