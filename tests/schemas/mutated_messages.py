"""Messages of every type with one thing changed, from the tables of the models; the same each run.

Each field is dropped, gets every other type, each number and length one below, at and one above
its bounds, each form of numbers, dates and times, codes beside the lists, and fields nobody knows.
The values are JSON texts, since `1`, `1.0` and `1e0` are told apart there only.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.express.tables import _Shapes
from schemas.body import ORIGINALS
from schemas.registry import REGISTRY
from tests.schemas.make import ALL_TYPES, golden

OTHER_TYPES: Final = (
    "null", "true", "false", "0", "1", "-1", "1.5", '""', '"x"', '"1"', "[]", "{}", "[null]",
    "[[]]", '{"x": 1}', '"2024-02-05"',
)  # fmt: skip
WHOLE: Final = (
    "1", "1.0", "1.00", "1e0", "1E+0", "10e-1", "0.1e1", "0", "-0", "-0.0", "0e0", "1.5", "1e-1",
    "0.999", "-1", "-1.0", "1e3", "1e4", "1e300", "1e-300", "123456789012345678901234567890",
    '"1"', '"1.0"', "true",
)  # fmt: skip
DATES: Final = (
    "1899-12-31", "1900-01-01", "1900-02-28", "1900-02-29", "2000-02-29", "2023-02-29",
    "2024-02-29", "2024-02-30", "2100-02-29", "2199-12-31", "2200-01-01", "0000-01-01",
    "2024-00-01", "2024-13-01", "2024-01-00", "2024-01-32", "2024-04-30", "2024-04-31",
    "2024-12-31", "2024-1-1", "20240101", "2024-W01-1", "2024-001", "+2024-01-01", "2024/01/01",
    " 2024-01-01", "2024-01-01 ", "1704067200", "2024-01-01T", "24-01-01", "2024-01",
)  # fmt: skip
CLOCKS: Final = (
    "00:00:00Z", "23:59:59Z", "24:00:00Z", "23:60:00Z", "23:59:60Z", "23:59:61Z", "22:59:60Z",
    "23:58:60Z", "12:30:60Z", "23:59:60.5Z", "23:59:60+00:00", "23:59:60-00:00", "00:59:60+01:00",
    "23:59:60+01:00", "18:59:60-05:00", "05:29:60+05:30", "05:28:60+05:30", "22:58:60-01:01",
    "23:58:60+23:59", "00:00:60-23:59", "09:00:00z", "09:00:00", "09:00Z", "9:00:00Z",
    "09:00:00.Z", "09:00:00.1Z", "09:00:00.123Z", "09:00:00.1234Z", "09:00:00.123456Z",
    "09:00:00.1234567Z", "09:00:00.123456789Z", "09:00:00.1234567890Z",
    "09:00:00.00000000000000000000009Z", "09:00:00,5Z", "09:00:00+01:00", "09:00:00-00:00",
    "09:00:00+14:00", "09:00:00+23:59", "09:00:00-23:59", "09:00:00+24:00", "09:00:00+01:60",
    "09:00:00+0100", "09:00:00+01", "09:00:00 +01:00", "09:00:00 Z", "09:00:00UTC",
    "09:00:00+1:00", "T09:00:00Z",
)  # fmt: skip
INSTANTS: Final = (
    *(f"2024-06-30T{clock}" for clock in CLOCKS),
    *(f"{date}T09:00:00Z" for date in DATES),
    "2024-01-01t09:00:00z",
    "2024-01-01 09:00:00Z",
    "2024-01-01_09:00:00Z",
    "2199-12-31T23:59:60Z",
)
MONTHS: Final = (
    "1899-12", "1900-01", "2199-12", "2200-01", "2024-00", "2024-01", "2024-12", "2024-13",
    "2024-1", "202401", "2024-01-01", "2024", " 2024-01",
)  # fmt: skip
UUIDS: Final = (
    "32d1fa17-3a86-4550-b4ce-02bc1802080d", "32D1FA17-3A86-4550-B4CE-02BC1802080D",
    "32d1fa173a864550b4ce02bc1802080d", "{32d1fa17-3a86-4550-b4ce-02bc1802080d}",
    "32d1fa17-3a86-4550-b4ce-02bc1802080", "32d1fa17-3a86-4550-b4ce-02bc1802080g",
    "urn:uuid:32d1fa17-3a86-4550-b4ce-02bc1802080d", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
PLACE: Final = "<the changed value>"


class Mutant(NamedTuple):
    """A message and what was done to it; `text` is JSON."""

    ce_type: str
    what: str
    text: str


def _strings(*texts: str) -> tuple[str, ...]:
    return tuple(json.dumps(text) for text in texts)


def _plain_text(letter: str, most: int) -> tuple[str, ...]:
    lengths = (letter, letter * most, letter * (most + 1))
    return _strings("", *lengths, "å", f"{letter} {letter}", f"{letter}\u00e9", f"{letter}/", "A_")


def _number(kind: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = kind["min"], kind["max"]
    step = 1 if kind["is"] == "int" else 0.25
    near = [bound + step * way for bound in (low, high) for way in (-1, 0, 1)]
    forms = [f"{n}" for n in near] + [f"{float(n)}" for n in near] + [f"{n}e0" for n in near]
    return (*forms, *(f"{n + 0.01}" for n in near), *WHOLE)


def good(kind: Mapping[str, Any], shapes: _Shapes) -> Any:
    """A value that the field takes."""
    word = kind["is"]
    if word == "model":
        row = shapes.rows[kind["shape"]]
        return {f["alias"]: good(f["kind"], shapes) for f in row["fields"]}
    if word == "list":
        return [good(kind["item"], shapes)]
    if word in {"int", "float"}:
        return kind["max"]
    values = {
        "uuid": UUIDS[0],
        "id": "A-1",
        "free_code": "a-1",
        "month": "1990-01",
        "bool": True,
        "date": "2024-02-05",
        "date_or_time": "2024-02-05",
        "yes_no_or_date": True,
        "personal_number": "198104129815",
    }
    return kind["codes"][0] if word == "code" else values[word]


def forms(kind: Mapping[str, Any], shapes: _Shapes) -> tuple[str, ...]:
    """JSON texts of values for a field, good and bad."""
    word = kind["is"]
    if word in {"int", "float"}:
        return (*OTHER_TYPES, *_number(kind))
    if word == "code":
        beside = (kind["codes"][0].upper(), f"{kind['codes'][0]} ", "fax")
        return (*OTHER_TYPES, *_strings(*kind["codes"], *beside))
    if word == "list":
        item = good(kind["item"], shapes)
        sizes = {n for bound in (kind["min"], kind["max"]) for n in (bound - 1, bound, bound + 1)}
        return (*OTHER_TYPES, *(json.dumps([item] * n) for n in sorted(sizes) if n >= 0))
    texts = {
        "uuid": _strings(*UUIDS),
        "id": _plain_text("B", 64),
        "free_code": _plain_text("b", 32),
        "month": _strings(*MONTHS),
        "date": _strings(*DATES, *INSTANTS[:3]),
        "date_or_time": _strings(*DATES, *INSTANTS),
        "yes_no_or_date": _strings(*DATES),
        "personal_number": _strings(
            "1981",
            "19810412-9815",
            "8104129815",
            "١٩٨١٠٤١٢٩٨١٥",
            "198104129815",
            "198104129816",
            "198104609857",
            "198102309815",
            "000000000000",
        ),
    }
    return (*OTHER_TYPES, *texts.get(word, ()))


def _fields(shapes: _Shapes, shape: int, path: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """Every field of a model and of the models in it: path and kind."""
    for field in shapes.rows[shape]["fields"]:
        here, kind = (*path, field["alias"]), field["kind"]
        yield here, kind
        inner = kind["item"] if kind["is"] == "list" else kind
        below = (*here, 0) if kind["is"] == "list" else here
        if inner["is"] == "model":
            yield from _fields(shapes, inner["shape"], below)
        elif kind["is"] == "list":
            yield below, inner


def _changed(value: Any, path: tuple[Any, ...], text: str | None) -> str:
    """The message as JSON with another value at a path, or with nothing there."""
    whole = copy.deepcopy(value)
    holder = whole
    for part in path[:-1]:
        holder = holder[part]
    if text is None:
        del holder[path[-1]]
        return json.dumps(whole)
    holder[path[-1]] = PLACE
    return json.dumps(whole).replace(json.dumps(PLACE), text)


def full(ce_type: str, shapes: _Shapes) -> dict[str, Any]:
    """The golden message of a type with every optional field said."""
    value = golden(ce_type)
    row = shapes.rows[shapes.place(REGISTRY[ce_type].model)]
    said = {f["alias"]: good(f["kind"], shapes) for f in row["fields"]}
    value["data"] = _filled(said, value["data"])
    return value


def _filled(whole: Any, part: Any) -> Any:
    """What a golden message says, and for all it does not say what `whole` has."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return {**part, **{n: _filled(item, part.get(n)) for n, item in whole.items()}}
    if isinstance(whole, list) and part:
        return [_filled(whole[0], item) for item in part]
    return part or whole


def of_data(ce_type: str, whole: dict[str, Any], at: tuple[str, ...]) -> Iterator[Mutant]:
    """Everything that can be wrong with one data object, which stands at `at`."""
    shapes = _Shapes()
    shape = shapes.place(REGISTRY[ce_type].model)
    for path, kind in _fields(shapes, shape, at):
        name = "/".join(map(str, path))
        yield Mutant(whole["type"], f"{name} is absent", _changed(whole, path, None))
        for text in forms(kind, shapes):
            yield Mutant(whole["type"], f"{name} is {text[:60]}", _changed(whole, path, text))
        if isinstance(path[-1], str):
            for extra in (f"{path[-1]}_", path[-1].upper(), "note"):
                unknown = (*path[:-1], extra)
                yield Mutant(whole["type"], f"{extra} beside {name}", _changed(whole, unknown, "1"))


def of_corrections(ce_type: str) -> Iterator[Mutant]:
    """A correction, and what its replacement can be: of each type of the family, good or not."""
    whole = golden(ce_type)
    for field in ("corrects", "reason", "replacement"):
        path = ("data", field)
        yield Mutant(ce_type, f"no {field}", _changed(whole, path, None))
        for text in (*OTHER_TYPES, *_strings(*UUIDS)):
            yield Mutant(ce_type, f"{field} is {text}", _changed(whole, path, text))
    for original in ORIGINALS[REGISTRY[ce_type].family]:
        replacement = full(original.ce_type, _Shapes())["data"]
        if "person" in replacement:
            replacement["person"] = whole["data"]["person"]
        value = {**whole, "data": {**whole["data"], "replacement": replacement}}
        yield Mutant(ce_type, f"replaced by {original.name}", json.dumps(value))
        yield from of_data(original.ce_type, value, ("data", "replacement"))


def of_conditions(ce_type: str) -> Iterator[Mutant]:
    """Every value of a condition, with and without the field that it may require."""
    whole = full(ce_type, _Shapes())
    for one in getattr(REGISTRY[ce_type].model, "CONDITIONS", ()):
        for other in forms(_kind_at(ce_type, one), _Shapes()):
            path = ("data", one.field, 0, one.item) if one.item else ("data", one.field)
            for required in (None, "null", '"2024-02-05"'):
                changed = json.loads(_changed(whole, path, other))
                text = _changed(changed, ("data", one.requires), required)
                yield Mutant(ce_type, f"{one.requires} is {required} with {other}", text)


def _kind_at(ce_type: str, condition: Any) -> Any:
    shapes = _Shapes()
    shape = shapes.place(REGISTRY[ce_type].model)
    wanted = condition.item or condition.field
    return next(k for path, k in _fields(shapes, shape, ()) if path[-1] == wanted)


ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "specversion": _strings("1.0", "1", "1.1", "0.3"),
    "id": _strings(*UUIDS),
    "source": _strings("urn:samverkan:fk:usa", "urn:samverkan:fk", "urn:samverkan:xx:arende", "/"),
    "time": _strings(*INSTANTS),
    "expirytime": _strings(*INSTANTS),
    "datacontenttype": _strings("application/json", "text/plain"),
    "partitionkey": _strings("A" * 21, "A" * 23, "=" * 22),
    "keyid": _strings("k1", "", "k" * 33, "å"),
    "correlationid": _strings(*UUIDS),
    "causationid": _strings(*UUIDS),
    "traceparent": _strings(
        f"00-{'a' * 32}-{'b' * 16}-01",
        f"00-{'A' * 32}-{'b' * 16}-01",
        f"0-{'a' * 32}-{'b' * 16}-01",
    ),
    "tracestate": _strings("", "a" * 512, "a" * 513),
    "dataschema": _strings("", "a" * 512, "a" * 513),
    "subject": _strings("", "A" * 65, "a b"),
}


def of_envelope(ce_type: str) -> Iterator[Mutant]:
    """Every attribute of the event."""
    whole = golden(ce_type)
    for name, texts in ATTRIBUTES.items():
        if name in whole:
            yield Mutant(ce_type, f"no {name}", _changed(whole, (name,), None))
        for text in (*OTHER_TYPES, *texts):
            yield Mutant(ce_type, f"{name} is {text[:60]}", _changed(whole, (name,), text))


def mutants(ce_type: str) -> Iterator[Mutant]:
    """All mutants of a type."""
    row = REGISTRY[ce_type]
    if row.corrects:
        yield from of_corrections(ce_type)
    else:
        yield from of_data(ce_type, full(ce_type, _Shapes()), ("data",))
        yield from of_conditions(ce_type)
    yield from of_envelope(ce_type)


def sampled() -> dict[str, list[Mutant]]:
    """What several types have in common is tried once, with the first; and of all, every 29th."""
    seen: set[str] = set()
    found: dict[str, list[Mutant]] = {}
    for ce_type in ALL_TYPES:
        every = list(mutants(ce_type))
        mine = [one for n, one in enumerate(every) if one.what not in seen or n % 29 == 0]
        seen.update(mutant.what for mutant in mine)
        found[ce_type] = mine
    return found
