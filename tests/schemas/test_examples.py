"""The contract's canonical messages decode, or are refused with the codes that they expect."""

from __future__ import annotations

import hashlib
import json

import pytest

from schemas.registry import REGISTRY
from tests.schemas.make import ALL_TYPES, CODEC, GOLDEN, decode, example_record, examples, golden

OURS = ("envelope.", "schema.", "identity.")


@pytest.mark.parametrize("path", examples("accepted"), ids=lambda p: p.stem)
def test_every_accepted_example_decodes(path):
    record = example_record(path)
    decoded = CODEC.decode(record)
    assert decoded.problems == ()
    message = decoded.message
    value = json.loads(record.value)
    assert message.id == decoded.message_id == value["id"]
    assert (message.source, message.type.ce_type) == (value["source"], value["type"])
    assert (decoded.source, decoded.ce_type) == (value["source"], value["type"])
    assert message.case_id == decoded.case_id == value.get("subject")
    assert message.agency == record.topic[:2]
    assert message.system == "arende"
    assert message.keyid == "k1"
    assert decoded.content_sha256 == hashlib.sha256(record.value).hexdigest()
    assert decoded.readable
    assert decoded.record is record


@pytest.mark.parametrize("path", examples("refused"), ids=lambda p: p.stem)
def test_every_refused_example_has_the_codes_that_are_ours_to_find(path):
    """Codes of rules, consents and ids are the domain's; to us such a message is good."""
    expected = [
        code
        for code in json.loads(path.read_text(encoding="utf-8"))["expect"]["codes"]
        if code.startswith(OURS)
    ]
    decoded = CODEC.decode(example_record(path))
    assert [problem.code for problem in decoded.problems] == expected
    assert (decoded.message is None) == bool(expected)


def test_the_three_schema_problems_are_named_by_path():
    path = next(p for p in examples("refused") if p.stem.startswith("09"))
    decoded = CODEC.decode(example_record(path))
    assert [(p.path, p.detail) for p in decoded.problems] == [
        ("data.kallelse_at", "bad_date"),
        ("data.channel", "not_in_code_list"),
        ("data.diagnos", "unknown_field"),
    ]


def test_what_is_too_large_still_gets_its_own_id_in_the_receipt():
    path = next(p for p in examples("refused") if p.stem.startswith("22"))
    decoded = CODEC.decode(example_record(path))
    assert decoded.message_id == json.loads(path.read_text(encoding="utf-8"))["value"]["id"]
    assert decoded.readable


def test_there_is_one_golden_per_type():
    names = {path.stem for path in GOLDEN.glob("*.json")}
    assert names == {ce_type.removeprefix("se.samverkan.") for ce_type in REGISTRY}


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_every_golden_decodes(ce_type):
    decoded = decode(golden(ce_type))
    assert decoded.problems == ()
    assert decoded.message.type is REGISTRY[ce_type]


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_every_golden_survives_encoding(ce_type):
    """Encoding after decoding gives the same message: nothing is lost or renamed."""
    value = golden(ce_type)
    data = decode(value).message.data
    value["data"] = json.loads(data.model_dump_json(exclude_unset=True))
    again = decode(value)
    assert again.problems == ()
    assert again.message.data == data
