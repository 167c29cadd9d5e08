"""A JSON Schema and the gateway give the same verdict, but for causes that a schema cannot see.

The schema is judged by a validator that others wrote, with formats asserted. Two rules, of which
nothing is exempt: what the schema refuses, the gateway refuses; what the gateway alone refuses, it
refuses for causes of `UNSEEN` only, known by the codes of its reasons.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import jsonschema_rs
import pytest

from gateway.express.tables import _Shapes
from gateway.ops.contract_document import document
from schemas.body import ORIGINALS
from schemas.common_v1 import DataOfOneOf
from schemas.jsonschema import models, schema_of
from schemas.registry import CONTRACT_VERSION, REGISTRY
from tests.schemas.make import ALL_TYPES, CODEC, Headers, decode, golden, record
from tests.schemas.mutated_messages import Mutant, full, mutants, sampled

pytestmark = pytest.mark.unmeasured

UNSEEN: Final = {
    "envelope.key_mismatch": "the record's key",
    "envelope.wrong_partition": "the record's partition",
    "envelope.wrong_topic": "the record's topic",
    "envelope.wrong_sender": "the topic's agency",
    "envelope.unknown_key_id": "the keys of the installation",
    "envelope.subject_mismatch": "whether two fields are equal",
    "identity.invalid_number": "the check digit",
    "schema.invalid given_twice": "what the JSON parser left of a repeated name",
    "schema.invalid personal_number_outside_person": "the number in other places",
}
LEAST: Final = 10_000


@cache
def validator(ce_type: str) -> Any:
    """The published schema of a type, formats asserted."""
    schema = schema_of(ce_type, models()[ce_type])
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def causes(decoded: Any) -> set[str]:
    """The codes of what the gateway refused a message for, with the detail where it matters."""
    return {
        f"{p.code} {p.detail}" if p.code == "schema.invalid" else p.code for p in decoded.problems
    }


def difference(mutant: Mutant, decoded: Any) -> str | None:
    """What is wrong when schema and gateway do not agree."""
    valid = validator(mutant.ce_type).is_valid(json.loads(mutant.text))
    if not valid and decoded.message is not None:
        return f"{mutant.ce_type}: the schema alone refuses: {mutant.what}"
    seen = causes(decoded) - UNSEEN.keys()
    if valid and seen:
        return f"{mutant.ce_type}: the gateway alone refuses: {mutant.what}: {sorted(seen)}"
    return None


SAMPLED: Final = sampled()


def test_there_are_ten_thousand_mutated_messages_or_more() -> None:
    assert sum(len(mutated) for mutated in SAMPLED.values()) > LEAST


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_schema_and_gateway_give_the_same_verdict_on_mutated_messages(ce_type: str) -> None:
    like, taken = golden(ce_type), 0
    differences = []
    for mutant in SAMPLED[ce_type]:
        decoded = CODEC.decode(record(mutant.text.encode(), like=like))
        taken += decoded.message is not None
        differences.append(difference(mutant, decoded))
    assert [one for one in differences if one] == []
    assert 0 < taken < len(differences)


def test_binary_mode_gets_the_verdict_of_the_structured_form() -> None:
    """Attributes are headers there, so those that are no text have no binary form."""
    compared = 0
    for mutant in [*mutants("se.samverkan.referral.initiated.v1")][::3]:
        value = json.loads(mutant.text)
        attributes = {n: v for n, v in value.items() if n != "data"}
        if not all(isinstance(v, str) for v in attributes.values()) or "data" not in value:
            continue
        if value.get("datacontenttype") != "application/json":
            continue
        like = golden(mutant.ce_type)
        found = record(
            json.dumps(value["data"]).encode(), like=like, headers=headers_of(attributes)
        )
        assert difference(mutant, CODEC.decode(found)) is None
        compared += 1
    assert compared > 300


def headers_of(attributes: dict[str, str]) -> Headers:
    """The attributes as the headers of binary mode."""
    named = {n: v for n, v in attributes.items() if n != "datacontenttype"}
    return (
        *((f"ce_{name}", text.encode()) for name, text in named.items()),
        ("content-type", b"application/json"),
    )


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_the_contract_document_says_the_same_as_the_schema(ce_type: str) -> None:
    components = contract()["components"]
    name = models()[ce_type].__name__
    whole = jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": components}, validate_formats=True
    )
    assert whole.is_valid(golden(ce_type))
    for mutant in [*mutants(ce_type)][::23]:
        value = json.loads(mutant.text)
        assert whole.is_valid(value) == validator(ce_type).is_valid(value), mutant.what


@cache
def contract() -> dict[str, Any]:
    return document()


def test_the_contract_has_one_version_everywhere() -> None:
    assert CONTRACT_VERSION == "1.1"
    assert contract()["info"]["version"] == CONTRACT_VERSION
    assert schema_of(ALL_TYPES[0], models()[ALL_TYPES[0]])["$comment"] == "Contract 1.1."


def test_a_repeated_name_is_seen_by_the_gateway_alone() -> None:
    value = golden()
    text = json.dumps(value).replace('"specversion"', '"id": "x", "specversion"', 1)
    mutant = Mutant(value["type"], "id twice", text)
    decoded = CODEC.decode(record(text.encode(), like=value))
    assert causes(decoded) == {"schema.invalid given_twice"}
    assert difference(mutant, decoded) is None


@pytest.mark.parametrize("ce_type", [t for t, row in REGISTRY.items() if row.corrects])
def test_a_correction_may_hold_the_data_of_every_type_of_its_family(ce_type: str) -> None:
    row = REGISTRY[ce_type]
    (said,) = [m for m in row.model.model_fields["replacement"].metadata if type(m) is DataOfOneOf]
    assert said.models == tuple(one.model for one in ORIGINALS[row.family])
    for one in ORIGINALS[row.family]:
        value = golden(ce_type)
        value["data"]["replacement"] = full(one.ce_type, _Shapes())["data"]
        assert decode(value).problems == ()
        assert validator(ce_type).is_valid(value)


def test_a_replacement_that_fits_no_type_is_refused_with_the_problems_of_the_nearest() -> None:
    value = golden("se.samverkan.sgi.corrected.v1")
    replacement = full("se.samverkan.sgi.closed.v1", _Shapes())["data"]
    value["data"]["replacement"] = {
        **replacement,
        "person": value["data"]["person"],
        "decided_at": "2024-02-30",
    }
    assert [(p.code, p.path, p.detail) for p in decode(value).problems] == [
        ("schema.invalid", "data.replacement.decided_at", "bad_date")
    ]
