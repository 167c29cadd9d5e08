"""Boundary cases, generated from the tables that the lane is given: one below, at, one above.

Nothing here names a field, code, limit or date, so that a new one is tried as soon as it is there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import orjson

from gateway.domain.days import DAY_MS, day_at, midnight
from gateway.shell.fold import DUE_HEADER, Fold
from gateway.shell.outputs import Outgoing
from schemas import fields
from schemas.codec import Codec, Record
from simulator.year import generate
from tests.dsl import AGREEMENT, KEYS, PARTITIONS
from tests.express.lanes import tables
from tests.express.pairs import States, states_of, whose
from tests.express.test_same_as_python import placed

#: A year in which each type with a lane occurs.
SEED: Final = 7
SCALE: Final = 0.02
#: Messages of a type that are repeated, and after which time passes.
_OF_EACH: Final = 8
#: 2099-12-31; an agreed date after it is none.
_LAST_DAY: Final = 47_481
_EPOCH: Final = date(1970, 1, 1)
_LENGTHS: Final = {"id": fields.ID_PATTERN, "free_code": fields.FREE_CODE_PATTERN}
_DATES: Final = frozenset({"date", "date_or_time", "yes_no_or_date"})
#: The years of the contract, days of no year, and the leap days of three kinds of years.
_ODD_DATES: Final = (
    "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "1999-12-31", "2099-12-31",
    "2023-02-29", "2024-02-29", "2024-02-30", "1900-02-29", "2000-02-29", "2024-00-10",
    "2024-13-10", "2024-01-00", "2024-01-31", "2024-01-32", "2024-04-30", "2024-04-31",
    "2024-1-01", "2024-01-1", "2024-01-011", "2024/01/01",
)  # fmt: skip
_ODD_TIMES: Final = (
    "T00:00:00Z", "T23:59:59Z", "T24:00:00Z", "T23:60:00Z", "T22:30:00Z", "T12:00:00+01:00",
    "T12:00:00.1Z", "T12:00:00.123456Z", "T12:00:00.987Z", "T12:00:00.Z", "T12:00:00.0009Z",
    "T12:00:00+14:00", "T12:00:00+00:00", "T12:00:00-14:00", "T12:00:00-00:01", "T12:00:00-01:00",
    "T00:30:00+01:00", "T23:30:00-01:00", "T12:00:00+01:59", "T12:00:00+01:60", "T12:00:00",
    "T12:00Z", "T12:00:00+0100", "T12:00:00.123+02:00", "T12-00:00Z", "T12:00-00Z",
)  # fmt: skip
#: Python reads these, or some of them; the lane leaves them to it.
_UNUSUAL_TIMES: Final = (
    "T23:59:60Z", "T12:00:00.1234567Z", "T12:00:00-00:00", "T12:00:00+14:01", "T12:00:00+15:00",
    "t12:00:00Z", "T12:00:00z",
)  # fmt: skip
_MONTHS: Final = (
    "1899-12", "1900-01", "2199-12", "2200-01", "2024-00", "2024-01", "2024-12", "2024-13",
    "2024-1", "2024-012", "2024/01",
)  # fmt: skip
#: A letter of which base64 makes hardly anything that may be a digit of another script.
_PLAIN: Final = "g"
#: The neighbours in ASCII of letters, digits and of the signs that a text may hold.
_SIGNS: Final = "/09:;@AZ[`az{-._, +~"

Path = tuple[str | int, ...]


class Moment(NamedTuple):
    """A good message, and what the gateway knows when it comes."""

    record: Record
    event: dict[str, Any]
    stored: tuple[Outgoing, ...]
    earlier: tuple[dict[str, Any], ...]
    """What came of the same person before."""


class Case(NamedTuple):
    """Records that are decided from a stored state, one after the other."""

    moment: Moment
    records: tuple[Record, ...]
    until: int | None = None
    """An instant up to which time passes afterwards; ms since 1970."""


class Tables:
    """What the lane is given, by name."""

    def __init__(self) -> None:
        said = orjson.loads(tables())
        self.shapes = said["shapes"]
        self.types = {row["ce_type"]: row for row in said["types"]}
        found = said["limits"].values()
        self.limits = sorted(
            {n for one in found for n in (one if isinstance(one, list) else [one])}
        )
        self.dates = sorted({day for day in said["dates"].values() if isinstance(day, int)})

    def places(
        self, shape: int, data: dict[str, Any], at: Path = ()
    ) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The place and kind of each field of a body, also of those that are left out."""
        for field in self.shapes[shape]["fields"]:
            kind, place, found = field["kind"], (*at, field["alias"]), data.get(field["alias"])
            if kind["is"] == "list" and found:
                yield place, kind
                kind, place, found = kind["item"], (*place, 0), found[0]
            if kind["is"] == "model" and found:
                yield from self.places(kind["shape"], found, place)
            elif kind["is"] not in {"model", "list"}:
                yield place, {**kind, "nullable": field["nullable"]}

    def values(self, kind: dict[str, Any], today: int) -> Iterator[Any]:
        """One below, at and one above each bound of a kind of field."""
        word = kind["is"]
        if word in _LENGTHS:
            longest = re.search(r"\{1,([0-9]+)\}", _LENGTHS[word])
            assert longest is not None
            yield from (_PLAIN * n for n in (0, 1, int(longest[1]), int(longest[1]) + 1))
            yield from _SIGNS
        elif word in {"int", "float"}:
            yield from _numbers(kind)
        elif word == "code":
            yield from (*kind["codes"], kind["codes"][0] + "x", kind["codes"][0][:-1])
        elif word == "month":
            yield from _MONTHS
        elif word in _DATES:
            for day in (today, *self.dates):
                yield from around(day)
            for limit in self.limits:
                yield from (*around(today - limit), *around(today + limit))
        yield from (True, False, None)

    def odd_values(self, kind: dict[str, Any], today: int) -> Iterator[Any]:
        """Dates and times that are none, or nearly none."""
        if kind["is"] in _DATES:
            yield from _ODD_DATES
            yield from (day_text(today) + text for text in (*_ODD_TIMES, *_UNUSUAL_TIMES))


def _numbers(kind: dict[str, Any]) -> Iterator[Any]:
    low, high = kind["min"], kind["max"]
    yield from (low - 1, low, low + 1, high - 1, high, high + 1, float(low), float(high))
    yield from (low + 0.25, low + 0.125, high - 0.25, high + 0.25, 90, 91, 180, 181, 0.24, 0.26)


def day_text(number: int) -> str:
    """`2024-02-05` of a count of days since 1970."""
    return (_EPOCH + timedelta(days=number)).isoformat()


def around(number: int) -> list[str]:
    """The day before, the day and the day after."""
    days = range(number - 1, number + 2)
    least, most = date(1, 1, 1), date.max
    return [day_text(n) for n in days if (least - _EPOCH).days <= n <= (most - _EPOCH).days]


def event_of(record: Record) -> dict[str, Any] | None:
    """The structured event of a record; None for another record."""
    try:
        found = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:  # the year has some broken ones
        return None
    is_event = isinstance(found, dict) and isinstance(found.get("data"), dict)
    return found if is_event and "type" in found else None


def changed(moment: Moment, place: Path, value: Any) -> Record:
    """The record with another value at a place of its body."""
    other: dict[str, Any] = orjson.loads(moment.record.value or b"")
    inside: Any = other["data"]
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = value
    return moment.record._replace(value=orjson.dumps(other))


def found_at(event: dict[str, Any], place: Path) -> Any:
    """What stands at a place of a body, None when nothing does."""
    inside: Any = event["data"]
    for name in place:
        inside = inside.get(name) if isinstance(inside, dict) else inside[name]
    return inside


def moved(moment: Moment, day: int) -> Record:
    """The record as if it were sent on another day, with the dates of its own day moved along."""
    at = moment.record.timestamp_ms
    old, new = day_text(day_at(at)).encode(), day_text(day).encode()
    value = (moment.record.value or b"").replace(old, new)
    return moment.record._replace(value=value, timestamp_ms=at + (day - day_at(at)) * DAY_MS)


def instants(moment: Moment) -> Iterator[Record]:
    """The record at the milliseconds around both ends of its day."""
    day = day_at(moment.record.timestamp_ms)
    for begins in (midnight(day), midnight(day + 1)):
        for at in (begins - 1, begins, begins + 1):
            yield moment.record._replace(timestamp_ms=at)


def moments(seed: int = SEED, scale: float = SCALE) -> Iterator[Moment]:
    """Each structured message of a year of a type with a lane, when it comes."""
    types, codec = Tables().types, Codec(KEYS, PARTITIONS)
    folds = [Fold(n, codec, AGREEMENT, KEYS) for n in range(PARTITIONS)]
    stored: list[dict[bytes | None, Outgoing]] = [{} for _ in folds]
    earlier: defaultdict[bytes | None, list[dict[str, Any]]] = defaultdict(list)
    for record in placed(generate(seed, scale=scale).records):
        n, event = record.partition, event_of(record)
        if event is not None and event["type"] in types:
            states: States = stored[n]
            known = tuple(whose(states, record.key))
            yield Moment(record, event, known, tuple(earlier[record.key]))
            earlier[record.key].append(event)
        folds[n].take(record)
        stored[n].update(states_of(one for one in folds[n].drain() if isinstance(one, Outgoing)))


def field_cases(known: Tables, moment: Moment, seen: set[Any]) -> Iterator[Record]:
    """Each field of each type at each of its bounds, and without it, once."""
    ce_type, data = moment.event["type"], moment.event["data"]
    today = day_at(moment.record.timestamp_ms)
    for place, kind in known.places(known.types[ce_type]["shape"], data):
        if (ce_type, place) in seen:
            continue
        seen.add((ce_type, place))
        if kind["is"] == "list":
            low, high = kind["min"], kind["max"]
            first = found_at(moment.event, place)[:1]
            values: Any = [first * n for n in {max(low - 1, 0), low, low + 1, high, high + 1}]
        else:
            values = list(known.values(kind, today))
            if kind["is"] not in seen:
                seen.add(kind["is"])
                values += known.odd_values(kind, today)
        for value in values:
            yield changed(moment, place, value)


def moved_cases(known: Tables, moment: Moment, seen: set[Any]) -> Iterator[Record]:
    """Each type around each date of each earlier type, and around each limit from it, once."""
    ce_type = moment.event["type"]
    for event in moment.earlier:
        shape = known.types[event["type"]]["shape"]
        for place, kind in known.places(shape, event["data"]):
            named = (ce_type, event["type"], place)
            if kind["is"] not in _DATES or named in seen:
                continue
            text = found_at(event, place)
            if not isinstance(text, str):
                continue
            seen.add(named)
            start = (date.fromisoformat(text[:10]) - _EPOCH).days
            limits = () if named[1:] in seen else known.limits
            seen.add(named[1:])
            for limit in (0, *limits):
                for day in range(start + limit - 1, start + limit + 2):
                    yield moved(moment, day)


def dated_cases(known: Tables, moment: Moment, seen: set[Any]) -> Iterator[Record]:
    """Each type as if it were sent around each agreed date, with each of its codes, once."""
    ce_type, data = moment.event["type"], moment.event["data"]
    for place, kind in known.places(known.types[ce_type]["shape"], data):
        if kind["is"] not in {"code", "bool"} or (ce_type, place) in seen:
            continue
        seen.add((ce_type, place))
        for value in [*kind.get("codes", (True, False)), None]:
            other = changed(moment, place, value)
            there = moment._replace(record=other)
            for agreed in known.dates:
                for day in (agreed - 1, agreed):
                    if day < _LAST_DAY:
                        yield moved(there, day)


def is_unusual(moment: Moment, record: Record) -> bool:
    """Whether a field was given a form that only Python reads: 1.0 for 1, `t` in a time."""
    text = (record.value or b"").decode()
    ends = {name + '"' for name in _UNUSUAL_TIMES} - {""}
    more = text.count(".0,") + text.count(".0}")
    before = (moment.record.value or b"").decode()
    return more > before.count(".0,") + before.count(".0}") or any(end in text for end in ends)


def alone(
    cases: Callable[[Tables, Moment, set[Any]], Iterator[Record]],
) -> Callable[[Tables, Moment, set[Any]], Iterator[Case]]:
    """Cases of one record each."""

    def each(known: Tables, moment: Moment, seen: set[Any]) -> Iterator[Case]:
        return (Case(moment, (record,)) for record in cases(known, moment, seen))

    return each


def day_cases(_: Tables, moment: Moment, seen: set[Any]) -> Iterator[Record]:
    """Each type at the milliseconds around both ends of its day, once."""
    if moment.event["type"] not in seen:
        seen.add(moment.event["type"])
        yield from instants(moment)


def due_cases(_: Tables, moment: Moment, seen: set[Any]) -> Iterator[Case]:
    """Some of each type, until the millisecond before what is due, until then, and long after."""
    ce_type, now = moment.event["type"], moment.record.timestamp_ms
    dues = [int(dict(out.headers).get(DUE_HEADER) or 0) for out in moment.stored]
    for due in (due for due in dues if due > now):
        for number in range(_OF_EACH):
            if (ce_type, number) not in seen:
                seen.add((ce_type, number))
                yield from (Case(moment, (moment.record,), due + n) for n in (-1, 0, 1))
                for days in (30, 400):
                    yield Case(moment, (moment.record,), due + days * DAY_MS)
                break


def repeated_cases(_: Tables, moment: Moment, seen: set[Any]) -> Iterator[Case]:
    """Some of each type, twice: the same bytes, and other content under the same id."""
    ce_type, record = moment.event["type"], moment.record
    for number in range(_OF_EACH):
        if (ce_type, number) not in seen:
            seen.add((ce_type, number))
            later = record._replace(offset=record.offset + 1, timestamp_ms=record.timestamp_ms + 1)
            yield Case(moment, (record, later))
            yield Case(moment, (record, later._replace(value=(record.value or b"") + b" ")))
            break


#: By name; what Python answers as plainly good is the lane's in all of `EXACT`.
KINDS: Final[Mapping[str, Callable[[Tables, Moment, set[Any]], Iterator[Case]]]] = {
    "each field at its bounds": alone(field_cases),
    "each type around earlier dates and limits": alone(moved_cases),
    "each code around each agreed date": alone(dated_cases),
    "each type at both ends of its day": alone(day_cases),
    "what is due": due_cases,
    "repeated": repeated_cases,
}
