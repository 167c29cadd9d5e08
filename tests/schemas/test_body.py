"""A replacement is judged as strictly as a message of the original's type."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from schemas.codec import parse_data
from schemas.registry import BY_NAME, REGISTRY
from tests.schemas.make import ALL_TYPES, decode, golden

ENDED = BY_NAME["plan.intervention_ended"]


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_every_golden_body_parses_alone(ce_type):
    value = golden(ce_type)
    parsed = parse_data(REGISTRY[ce_type], value["data"])
    assert isinstance(parsed, BaseModel)
    assert parsed == decode(value).message.data


def test_the_replacement_of_the_golden_correction_parses():
    correction = decode(golden("se.samverkan.plan.corrected.v1")).message.data
    assert isinstance(parse_data(ENDED, correction.replacement), ENDED.model)


def found(data, row=ENDED, **at):
    return [(p.code, p.path, p.detail) for p in parse_data(row, data, **at)]


def test_all_problems_are_named_below_the_replacement():
    data = {**golden(ENDED.ce_type)["data"], "end_reason": "fax", "ended_at": 7, "note": 1}
    data["person"] = {"personal_number": "198104129816"}
    assert found(data) == [
        ("schema.invalid", "data.replacement.ended_at", "bad_date"),
        ("schema.invalid", "data.replacement.end_reason", "not_in_code_list"),
        ("schema.invalid", "data.replacement.note", "unknown_field"),
        ("identity.invalid_number", "data.replacement.person.personal_number", ""),
    ]
    data["person"] = {"personal_number": "1981"}
    assert (
        "identity.invalid_number",
        "data.replacement.person.personal_number",
        "",
    ) in found(data)
    data["person"] = None
    assert ("schema.invalid", "data.replacement.person", "missing") in found(data)


def test_conditional_fields_are_judged():
    opened = BY_NAME["sgi.opened"]
    data = golden(opened.ce_type)["data"]
    del data["last_day_with_sp"]
    assert found(data, opened, at="data") == [
        ("schema.invalid", "data.last_day_with_sp", "missing_here")
    ]


@pytest.mark.parametrize("number", [10**400, 2**64])
def test_a_number_beyond_64_bits_is_a_problem_not_an_exception(number):
    data = {**golden(ENDED.ce_type)["data"], "hours_per_week": number}
    assert found(data) == [("schema.invalid", "data.replacement", "wrong_type")]


def test_an_empty_replacement_lacks_everything():
    paths = {path for _, path, _ in found({})}
    assert {"data.replacement.person", "data.replacement.ended_at"} <= paths
