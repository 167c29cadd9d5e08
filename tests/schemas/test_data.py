"""The bodies: required fields and code lists are those of contract section 11, and no looser."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from schemas import codes
from schemas.registry import BY_NAME, REGISTRY
from tests.schemas.make import ALL_TYPES, called, decode, golden, problems

COMMON = "person case_id event_at"
REQUIRED = {
    "consent.recorded": "purposes purposes[0].purpose purposes[0].status families parties "
    "asked_by form valid_from",
    "consent.refusal_counted": "month unit benefit sex count",
    "status.benefit_decided": "benefit decision decided_at",
    "status.enrolled": "enrolled_at af_category",
    "status.category_changed": "af_category from",
    "referral.initiated": "need_identified_at initiating_path benefits benefits[0].benefit "
    "benefits[0].extent benefits[0].from has_sgi employment benefit_case_start",
    "referral.called": "kallelse_at",
    "referral.answered": "answered_at answer",
    "referral.handed_over": "actor step handed_at",
    "meeting.assessment_completed": "gk_id meetings meetings[0].held_at meetings[0].channel "
    "meetings[0].attendees completed_at conclusion",
    "meeting.follow_up_held": "follow_up_id held_at channel attendees result decision",
    "meeting.contact_offered": "meeting_id offered_at rehab_chain_day",
    "meeting.contact_answered": "meeting_id answered_at answer",
    "meeting.contact_held": "meeting_id held_at channel attendees",
    "meeting.transition_offered": "meeting_id benefit meeting_form offered_at",
    "meeting.transition_answered": "meeting_id answered_at answer",
    "meeting.transition_held": "meeting_id benefit meeting_form held_at channel attendees",
    "plan.set": "plan_id version valid_from goals activities follow_up_dates participant_agreed",
    "plan.intervention_proposed": "insats_id category program delivery activity_types "
    "hours_per_week extent_fraction workplace_activity proposed_at",
    "plan.intervention_decided": "insats_id category program delivery activity_types "
    "hours_per_week extent_fraction workplace_activity decided_at",
    "plan.intervention_started": "insats_id started_at",
    "plan.intervention_ended": "insats_id ended_at end_reason",
    "plan.closed": "closed_at last_insats_category benefits_before benefits_after",
    "plan.status_reported": "status status_at",
    "sgi.opened": "sgi_case_id has_sgi last_day_with_sp",
    "sgi.enrolment_answered": "sgi_case_id enrolled_at",
    "sgi.closed": "sgi_case_id protection_state decided_at",
    **{f"{family}.corrected": "corrects reason replacement" for family in get_args(codes.Family)},
    **{f"{family}.voided": "voids reason" for family in get_args(codes.Family)},
}


def required_of(name: str) -> list[str]:
    common = "" if name == "consent.refusal_counted" else f"{COMMON} person.personal_number "
    return (common + REQUIRED[name]).split()


def parts(path: str) -> list[str | int]:
    found: list[str | int] = []
    for part in path.split("."):
        name, _, index = part.partition("[")
        found += [name] if not index else [name, int(index[:-1])]
    return found


def holder_of(data: Any, path: str) -> tuple[Any, Any]:
    *way, last = parts(path)
    for part in way:
        data = data[part]
    return data, last


CASES = [(name, path) for name in REQUIRED for path in required_of(name)]


def test_the_table_of_required_fields_covers_every_type():
    assert {REGISTRY[t].name for t in ALL_TYPES} == REQUIRED.keys()


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_missing_required_field_is_named(name, path):
    value = golden(f"se.samverkan.{name}.v1")
    data, last = holder_of(value["data"], path)
    original = copy.deepcopy(value)
    del data[last]
    decoded = decode(value, like=original)
    assert ("schema.invalid", f"data.{path}") in problems(decoded)
    assert {p.detail for p in decoded.problems if p.path == f"data.{path}"} <= {
        "missing",
        "missing_here",
    }


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_required_field_that_is_null_is_missing(name, path):
    value = golden(f"se.samverkan.{name}.v1")
    data, last = holder_of(value["data"], path)
    original = copy.deepcopy(value)
    data[last] = None
    decoded = decode(value, like=original)
    assert ("schema.invalid", f"data.{path}") in problems(decoded)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_everything_else_may_be_left_out(name):
    value = golden(f"se.samverkan.{name}.v1")
    required = {parts(path)[0] for path in required_of(name)}
    value["data"] = {field: item for field, item in value["data"].items() if field in required}
    assert decode(value).problems == ()


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_optional_fields_may_be_null(name):
    value = golden(f"se.samverkan.{name}.v1")
    model = BY_NAME[name].model
    for field, info in model.model_fields.items():
        if not info.is_required() and info.default is None:
            value["data"].setdefault(info.alias or field, None)
    assert decode(value).problems == ()


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_unknown_fields_are_refused_everywhere(ce_type):
    value = golden(ce_type)
    wanted = []
    for path, item in list(objects(value["data"])):
        if ".replacement" not in f".{path}":
            item["fritext"] = "x"
            wanted.append(("schema.invalid", f"{path}.fritext".removeprefix(".")))
    found = problems(decode(value))
    assert sorted(found) == sorted((code, f"data.{path}") for code, path in wanted)


def objects(item: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(item, dict):
        for name, part in list(item.items()):
            yield from objects(part, f"{path}.{name}".removeprefix("."))
        yield path, item
    elif isinstance(item, list):
        for i, part in enumerate(item):
            yield from objects(part, f"{path}[{i}]")


@pytest.mark.parametrize("extent", [0.25, 0.5, 0.75, 1, 1.0])
def test_extents_are_quarters(extent):
    assert decode(initiated(extent=extent)).problems == ()


@pytest.mark.parametrize("extent", [0, 0.3, 1.25, -0.25, True, "1", None, [1]])
def test_other_extents_are_refused(extent):
    assert problems(decode(initiated(extent=extent))) == [
        ("schema.invalid", "data.benefits[0].extent")
    ]


def initiated(**period: Any) -> dict[str, Any]:
    value = golden("se.samverkan.referral.initiated.v1")
    value["data"]["benefits"][0].update(period)
    return value


@pytest.mark.parametrize(
    ("field", "wrong", "detail"),
    [
        ("kallelse_at", "2024-13-01", "bad_date"),
        ("kallelse_at", "2023-02-29", "bad_date"),
        ("kallelse_at", "2024-1-1", "bad_date"),
        ("kallelse_at", "2024-01-01T00:00:00Z", "bad_date"),
        ("kallelse_at", "1704067200", "bad_date"),
        ("kallelse_at", "9999-12-31", "bad_date"),
        ("kallelse_at", "٢٠٢٤-٠١-٠١", "bad_date"),
        ("kallelse_at", 20240101, "bad_date"),
        ("kallelse_at", None, "missing"),
        ("event_at", "2024-01-01T00:00:00", "bad_date_or_time"),
        ("event_at", "2024-01-01 00:00:00Z", "bad_date_or_time"),
        ("event_at", "2024-01-01T25:00:00Z", "bad_date_or_time"),
        ("event_at", "1704067200", "bad_date_or_time"),
        ("event_at", 1704067200, "bad_date_or_time"),
        ("proposed_at", "2024-01-01T10:00", "bad_date_or_time"),
        ("round_no", 0, "out_of_range"),
        ("round_no", 1.5, "wrong_type"),
        ("round_no", "1", "wrong_type"),
        ("round_no", True, "wrong_type"),
        ("round_no", 10**30, "out_of_range"),
        ("unit", "FK Stockholm", "bad_free_code"),
        ("unit", "x" * 33, "bad_free_code"),
        ("unit", 180, "wrong_type"),
        ("consent_ref", "x", "bad_uuid"),
        ("capacity_slot_id", "a b", "bad_id"),
        ("invited", "individ", "wrong_type"),
        ("invited", ["individ"] * 101, "too_many"),
        ("invited", {}, "wrong_type"),
        ("person", "198104129815", "wrong_type"),
    ],
)
def test_a_wrong_value_is_named_with_its_kind(field, wrong, detail):
    decoded = decode(called(**{field: wrong}), like=golden())
    assert [(p.code, p.path, p.detail) for p in decoded.problems] == [
        ("schema.invalid", f"data.{field}", detail)
    ]


def test_further_kinds_of_wrong_values():
    counted = golden("se.samverkan.consent.refusal_counted.v1")
    counted["data"].update(month="2024-13", count=1001)
    assert [(p.path, p.detail) for p in decode(counted).problems] == [
        ("data.month", "bad_month"),
        ("data.count", "out_of_range"),
    ]
    plan = golden("se.samverkan.plan.set.v1")
    plan["data"].update(goals=[])
    plan["data"]["activities"][0]["hours_per_week"] = 1000
    assert [(p.path, p.detail) for p in decode(plan).problems] == [
        ("data.goals", "empty"),
        ("data.activities[0].hours_per_week", "out_of_range"),
    ]
    text = json.dumps(golden("se.samverkan.plan.set.v1")).replace("0.375", "1e999")
    found = decode(text.encode(), like=plan).problems
    assert [p.path for p in found] in ([None], ["data.activities[0].extent_fraction"])


@pytest.mark.parametrize("sent", [True, False, "2024-01-01"])
def test_the_film_was_sent_or_on_a_day(sent):
    value = golden("se.samverkan.meeting.transition_offered.v1")
    value["data"]["info_film_sent"] = sent
    assert decode(value).problems == ()


@pytest.mark.parametrize("sent", ["yes", 1, "2024-13-01", {}])
def test_the_film_is_one_problem_when_it_is_neither(sent):
    value = golden("se.samverkan.meeting.transition_offered.v1")
    value["data"]["info_film_sent"] = sent
    assert problems(decode(value)) == [("schema.invalid", "data.info_film_sent")]


@pytest.mark.parametrize(
    "number",
    ["198505059836", "8505059835", "19850505-9835", "", "x" * 12, "198513059835"],
)
def test_an_invalid_number_is_named_by_path(number):
    value = called(person={"personal_number": number})
    found = problems(decode(value, like=golden()))
    assert ("identity.invalid_number", "data.person.personal_number") in found
    assert not {code for code, _ in found} & {"schema.invalid"}


@pytest.mark.parametrize("number", [198104129815, None, ["198104129815"], True])
def test_a_number_that_is_no_text_is_a_schema_problem(number):
    value = called(person={"personal_number": number})
    assert problems(decode(value, like=golden())) == [
        ("schema.invalid", "data.person.personal_number")
    ]


@pytest.mark.parametrize(
    ("benefit", "needed"),
    [
        ("sjukpenning", True),
        ("aktivitetsersattning_nedsatt_arbetsformaga", True),
        ("aktivitetsersattning_forlangd_skolgang", True),
        ("sjukersattning", True),
        ("rehabiliteringspenning", False),
        ("ingen_sgi_ingen_ersattning", False),
        ("annan", False),
    ],
)
def test_the_start_of_a_benefit_case(benefit, needed):
    value = initiated(benefit=benefit)
    del value["data"]["benefit_case_start"]
    found = decode(value).problems
    assert [(p.path, p.detail) for p in found] == (
        [("data.benefit_case_start", "missing_here")] if needed else []
    )


@pytest.mark.parametrize(
    ("statuses", "missing"),
    [
        (["refused"], []),
        (["not_asked", "not_required"], []),
        (["given"], ["valid_from"]),
        (["withdrawn"], ["withdrawn_at"]),
        (["given", "withdrawn"], ["valid_from", "withdrawn_at"]),
    ],
)
def test_the_dates_of_a_consent(statuses, missing):
    value = golden("se.samverkan.consent.recorded.v1")
    names = codes.values(codes.ConsentPurpose)
    value["data"]["purposes"] = [
        {"purpose": name, "status": status} for name, status in zip(names, statuses, strict=False)
    ]
    value["data"].pop("valid_from")
    assert [p.path for p in decode(value).problems] == [f"data.{name}" for name in missing]


def test_the_last_day_of_an_sgi():
    value = golden("se.samverkan.sgi.opened.v1")
    del value["data"]["last_day_with_sp"]
    assert [p.path for p in decode(value).problems] == ["data.last_day_with_sp"]
    value["data"]["has_sgi"] = False
    assert decode(value).problems == ()


@pytest.mark.parametrize("strange", ["text", 7, [7], [None], [[]], [{"status": []}], {}])
def test_a_missing_field_is_judged_beside_other_problems_whatever_they_are(strange):
    for ce_type, field in (
        ("se.samverkan.consent.recorded.v1", "purposes"),
        ("se.samverkan.referral.initiated.v1", "benefits"),
    ):
        value = golden(ce_type)
        value["data"][field] = strange
        assert {code for code, _ in problems(decode(value))} == {"schema.invalid"}
    both = golden("se.samverkan.sgi.opened.v1")
    both["data"].update(last_day_with_sp=None, insured_time=strange)
    assert ("schema.invalid", "data.last_day_with_sp") in problems(decode(both))
