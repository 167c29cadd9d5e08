"""The JSON Schemas on file are what the models say, and say what the contract says."""

from __future__ import annotations

import json

import pytest

from schemas import jsonschema
from schemas.jsonschema import FOLDER, deviations, main, models, rendered, write
from tests.schemas.make import ALL_TYPES, golden


def test_the_schemas_on_file_are_fresh():
    assert deviations(FOLDER) == []
    assert main(["--check"]) == 0


def test_there_is_a_schema_for_everything_on_the_wire():
    names = {name.removesuffix(".json") for name in rendered()}
    assert {ce_type.removeprefix("se.samverkan.") for ce_type in ALL_TYPES} < names
    assert {"receipt.v1", "followup.v1", "notice.sgi_missed.v1"} < names
    assert len([name for name in names if name.startswith("notice.")]) == 11
    assert len(models()) == len(names) == 52


def test_generation_is_deterministic():
    assert rendered() == rendered()


def test_check_names_every_deviation_and_write_mends_it(tmp_path, capsys):
    folder = tmp_path / "out"
    assert main(["--write"], folder) == 0
    assert main(["--check"], folder) == 0
    (folder / "receipt.v1.json").unlink()
    (folder / "stray.json").write_text("{}", encoding="utf-8")
    (folder / "followup.v1.json").write_text("{}", encoding="utf-8")
    assert main(["--check"], folder) == 1
    said = capsys.readouterr().err
    assert "receipt.v1.json is missing" in said
    assert "stray.json belongs to no type" in said
    assert "followup.v1.json is not what the models say" in said
    write(folder)
    assert deviations(folder) == []


def test_wrong_use_exits_with_2():
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


@pytest.mark.parametrize("ce_type", ALL_TYPES)
def test_input_is_closed_and_required_fields_are_in_every_golden(ce_type):
    """Backward compatibility as a law: a stored golden keeps every field that is required."""
    schema = jsonschema.schema_of(ce_type, models()[ce_type])
    assert schema["additionalProperties"]["anyOf"][0]["maxLength"] == 512
    assert schema["propertyNames"]["pattern"] == "^[a-z0-9]{1,20}$"
    assert schema["$id"] == f"urn:samverkan:schema:{ce_type}"
    assert set(schema["required"]) <= golden(ce_type).keys()
    reference = schema["properties"]["data"]["$ref"].rpartition("/")[2]
    data = schema["$defs"][reference]
    assert data["additionalProperties"] is False
    assert set(data.get("required", ())) <= golden(ce_type)["data"].keys()
    assert golden(ce_type)["data"].keys() <= data["properties"].keys()


@pytest.mark.parametrize("name", ["receipt.v1", "followup.v1", "notice.hold_expired.v1"])
def test_output_is_open_to_newer_fields(name):
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert '"additionalProperties": false' not in text
    assert json.loads(text)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
