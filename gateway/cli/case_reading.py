"""What the topics tell of one case: for `samverkan case`, read committed.

`gateway.state` holds what was not refused, what waits, and who is parked. Refused messages leave
nothing there: they are known from their receipts, as long as the topics keep those.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from gateway.domain.migrate import load
from gateway.domain.pieces import whole
from gateway.domain.state import EMPTY, Kept, PersonState
from gateway.shell.fold import TASK_KEY
from gateway.shell.parking import FAILED, Lot, Parked
from gateway.shell.pieces import Pieces
from gateway.shell.reading import committed_reader, read_to
from gateway.shell.settings import Settings, UserError
from schemas.identity import is_valid_personal_number
from schemas.topics import RECEIPT_TOPICS, STATE

#: Values of the state topic that are not the state of a person, and are not of the parked.
_NO_PERSONS: Final = (TASK_KEY, FAILED)
_DUPLICATE: Final = ("gw-duplicate", b"true")


class Refused(NamedTuple):
    """A refused message: what its receipt tells of it. Its event day is not known."""

    message_id: str
    type_name: str
    agency: str
    decided_at: str
    codes: tuple[str, ...]


@dataclass
class Case:
    """What is known of one person's case.

    Attributes:
        parked: why the person is parked; None for those who are not.
        line: what is kept of a parked person, of this case or not.
        refused: refused messages that name the case, in order of time.
        receipts_cut: whether the oldest receipts are gone, and refused messages with them.
    """

    key: str
    state: PersonState = EMPTY
    parked: Parked | None = None
    line: list[Kept] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    receipts_cut: bool = False


async def find_cases(settings: Settings, case_id: str) -> list[Case]:
    """Each person who has the case, or of whom a refused message names it.

    Raises:
        UserError: nothing is known of it, or the topics are not there.
    """
    if _is_number(case_id):
        raise UserError("That is a personal number, which no case id may hold; give the case's id.")
    found: dict[str, Case] = {}
    numbers: set[int] = set()
    lots: dict[int, Lot] = {}
    for key, (number, state) in (await _states(settings, case_id, lots)).items():
        if _has(state, case_id):
            found[key] = Case(key, state)
            numbers.add(number)
    for number, lot in lots.items():
        for key, parked in lot.parked.items():
            line = lot.line(key)
            if key in found or any(kept.case_id == case_id for kept in line):
                case = found.setdefault(key, Case(key))
                case.parked, case.line = parked, line
                numbers.add(number)
    await _add_refused(settings, case_id, found, numbers)
    if not found:
        raise UserError(
            f"Nothing at {settings.bootstrap_servers} is known of a case {case_id}: neither a state"
            " nor a receipt that is still kept names it; compare the id, and see whether"
            " SAMVERKAN_BOOTSTRAP_SERVERS names the right installation."
        )
    return list(found.values())


async def _states(
    settings: Settings, case_id: str, lots: dict[int, Lot]
) -> dict[str, tuple[int, PersonState]]:
    """By person key: partition and state of each person who may have the case; fills `lots`."""
    stored: dict[str, tuple[int, bytes]] = {}
    pieces = Pieces()
    async for tp, record in _records(settings, (STATE,)):
        key, value = record.key.decode(), record.value or b""
        if key.startswith(_NO_PERSONS) or pieces.restore(key, value) is not None:
            continue
        if lots.setdefault(tp.partition, Lot()).restore(key, value):
            continue
        # The id stands as text in the stored form: most persons need no decoding. Pieces come
        # before the state that names them; all of them are known only at the end.
        if case_id.encode() in value or key in pieces:
            stored[key] = (tp.partition, value)
        else:
            stored.pop(key, None)
    return {
        key: (number, whole(load(value), pieces.of(key))) for key, (number, value) in stored.items()
    }


def _is_number(text: str) -> bool:
    digits = "".join(char for char in text if char.isdecimal())
    return any(is_valid_personal_number(century + digits) for century in ("", "19", "20"))


def _has(state: PersonState, case_id: str) -> bool:
    kept: Iterable[Any] = (*state.entries, *state.held)
    return any(one.case_id == case_id for one in kept)


async def _add_refused(
    settings: Settings, case_id: str, found: dict[str, Case], numbers: set[int]
) -> None:
    """Add refused messages; a person of whom there is nothing else is found by them."""
    cut: set[int] = set()
    # A person's receipts stand on the person's partition: where nobody was found, all are read.
    wanted = numbers or None
    async for tp, record in _records(settings, RECEIPT_TOPICS, wanted, cut):
        if case_id.encode() not in record.value or _DUPLICATE in record.headers:
            continue
        data = orjson.loads(record.value)["data"]
        if data["case_id"] == case_id and data["status"] == "REJECTED":
            case = found.setdefault(record.key.decode(), Case(record.key.decode()))
            case.refused.append(_refused(data, tp.topic[:2]))
    for case in found.values():
        case.refused.sort(key=lambda one: (one.decided_at, one.message_id))
        case.receipts_cut = bool(cut)


def _refused(data: dict[str, Any], agency: str) -> Refused:
    name = (data["message_type"] or "unreadable").removeprefix("se.samverkan.").rpartition(".v")
    codes = tuple(dict.fromkeys(reason["code"] for reason in data["reasons"]))
    return Refused(data["message_id"], name[0] or name[2], agency, data["decided_at"], codes)


async def _records(
    settings: Settings,
    topics: tuple[str, ...],
    wanted: set[int] | None = None,
    cut: set[int] | None = None,
) -> AsyncIterator[tuple[TopicPartition, Any]]:
    """Every record that is committed now; `cut` takes the partitions whose beginning is gone."""
    try:
        async with committed_reader(settings, *topics) as consumer:
            places = _places(consumer, topics)
            if wanted is not None:
                consumer.pause(*(tp for tp in places if tp.partition not in wanted))
                places = {tp for tp in places if tp.partition in wanted}
            ends = await consumer.end_offsets(list(places))
            starts = await consumer.beginning_offsets(list(places))
            if cut is not None:
                cut.update(tp.partition for tp in places if starts[tp] > 0)
            async for tp, records in read_to(consumer, ends):
                for record in records:
                    yield tp, record
    except UnknownTopicOrPartitionError:
        raise UserError(
            f"Not all of {', '.join(topics)} are topics at {settings.bootstrap_servers}, so nothing"
            " is known of any case; see whether SAMVERKAN_BOOTSTRAP_SERVERS names the right"
            " installation."
        ) from None


def _places(consumer: AIOKafkaConsumer, topics: tuple[str, ...]) -> set[TopicPartition]:
    places: set[TopicPartition] = set(consumer.assignment())
    if set(topics) != {tp.topic for tp in places}:
        raise UnknownTopicOrPartitionError
    return places
