"""One JSON Schema (draft 2020-12) per type on the wire, for those who do not use Python.

Generated from the models, so they cannot say anything else; the files stand in
`schemas/jsonschemas/` and a test keeps them fresh. `python -m schemas.jsonschema --check` says
which differ (exit 1), `--write` writes them. What a schema cannot say (check digits, keys,
conditional fields) stands in the contract.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schemas.codes import values
from schemas.envelope import ENVELOPES, Envelope
from schemas.followup_v1 import FollowupEvent
from schemas.notices_v1 import NOTICE_MODELS
from schemas.receipts_v1 import ReceiptEvent
from schemas.registry import CONTRACT_VERSION, TYPE_PREFIX

FOLDER: Final = Path(__file__).parent / "jsonschemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_OUTPUT_MODELS: Final = (ReceiptEvent, FollowupEvent, *NOTICE_MODELS)


class _Untitled(GenerateJsonSchema):
    """Without a title per field, which would only repeat the name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # pydantic's name
        """Never."""
        return False


def models() -> Mapping[str, type[BaseModel]]:
    """Return CloudEvents type -> model of the whole event, for everything on the wire."""
    outputs: dict[str, type[BaseModel]] = {
        values(model.model_fields["type"].annotation)[0]: model for model in _OUTPUT_MODELS
    }
    return {**ENVELOPES, **outputs}


def schema_of(ce_type: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of one type.

    What the gateway takes is closed. What it writes is left open: readers ignore what they do
    not know.
    """
    body: Any = model.model_json_schema(schema_generator=_Untitled, mode="validation")
    if not issubclass(model, Envelope):
        body = _opened(body)
    head = {
        "$schema": _DIALECT,
        "$id": f"urn:samverkan:schema:{ce_type}",
        "$comment": f"Contract {CONTRACT_VERSION}.",
    }
    return {**head, **body}


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _opened(item)
        for name, item in schema.items()
        if not (name == "additionalProperties" and item is False)
    }


def rendered() -> dict[str, str]:
    """Return file name -> text of every file, the same in every run."""
    return {
        f"{ce_type.removeprefix(TYPE_PREFIX)}.json": json.dumps(
            schema_of(ce_type, model), indent=1, ensure_ascii=False, sort_keys=True
        )
        + "\n"
        for ce_type, model in sorted(models().items())
    }


def deviations(folder: Path) -> list[str]:
    """Return one sentence per file that is missing, differs or should not be there."""
    wanted = rendered()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return [
        *(f"{name} is missing" for name in sorted(wanted.keys() - found.keys())),
        *(f"{name} belongs to no type" for name in sorted(found.keys() - wanted.keys())),
        *(
            f"{name} is not what the models say"
            for name in sorted(wanted.keys() & found.keys())
            if wanted[name] != found[name]
        ),
    ]


def write(folder: Path) -> None:
    """Write every file, and remove what belongs to no type."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = rendered()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Check or write the files; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m schemas.jsonschema", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="say which files differ")
    choice.add_argument("--write", action="store_true", help="write the files")
    if parser.parse_args(arguments).write:
        write(folder)
        return 0
    problems = deviations(folder)
    for problem in problems:
        sys.stderr.write(f"{problem}: run python -m schemas.jsonschema --write\n")
    return 1 if problems else 0


if __name__ == "__main__":  # pragma: no cover - run by hand
    raise SystemExit(main())
