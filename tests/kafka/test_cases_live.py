"""The kept cases through a real broker and process: each gets the answer that it says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson
import pytest

from gateway.broker import BrokerInfo
from schemas.partition import partition_of
from schemas.topics import AGENCIES, RECEIPT_TOPICS
from simulator.wire import SimRecord
from tests.dsl import ANNA, KEYS, instant
from tests.kafka.live import PARTITIONS, Log, installation
from tests.kept import Answered, Outcome, answered, files, judge, messages_of, raw_value
from tests.schemas.make import synthetic_number

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics"), pytest.mark.timeout(180)]

NOTICES = tuple(f"{agency}.in.notice" for agency in AGENCIES)
UUIDS = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def apart(text: str, case: int, numbers: dict[str, str]) -> str:
    """A text of a case with ids, case and persons of its own: the cases share all of them."""
    text = UUIDS.sub(lambda found: str(uuid5(UUID(found[0]), str(case))), text)
    text = text.replace('"S-9"', f'"S-9-{case}"')
    for number, other in numbers.items():
        text = text.replace(number, other).replace(KEYS.person_key(number), KEYS.person_key(other))
    return text


def sent(message: dict[str, Any], case: int, numbers: dict[str, str]) -> SimRecord:
    """The record of a case's message; its value byte for byte but for ids and persons."""
    key = apart(message["key"], case, numbers).encode()
    headers = tuple(
        (name, apart(text, case, numbers).encode()) for name, text in message["headers"].items()
    )
    value = apart(raw_value(message), case, numbers).encode()
    where, at = partition_of(key, PARTITIONS), instant(message["timestamp"])
    expected = message["expect"]["status"]
    return SimRecord(message["topic"], where, key, value, headers, at, expected, "plain")


def id_of(record: SimRecord) -> str:
    headers = {name: (text or b"").decode() for name, text in record.headers}
    return headers.get("ce_id") or str(orjson.loads(record.value or b"")["id"])


def records_of(case: int, file: Path) -> list[SimRecord]:
    """The records of a case about persons of its own.

    A coordination number stays: its day is what that case is about, and no other case has it.
    """
    texts = [raw_value(message) for message in messages_of(file)]
    found = sorted({n for text in texts for n in re.findall(r"(?<!\d)\d{12}(?!\d)", text)})
    days = (d for d in range(1, 28))
    numbers = {n: synthetic_number(1960 + case, 1, next(days)) for n in found if int(n[6:8]) < 60}
    assert ANNA not in numbers.values()
    return [sent(message, case, numbers) for message in messages_of(file)]


def outcome(records: list[SimRecord], log: Log) -> Outcome:
    first: dict[str, Answered] = {}
    for topic in RECEIPT_TOPICS:
        for n in range(PARTITIONS):
            for receipt in (orjson.loads(record.value)["data"] for record in log[topic, n]):
                first.setdefault(receipt["message_id"], answered(receipt))
    notices = Counter(
        (orjson.loads(record.value)["type"].removeprefix("se.samverkan."), topic[:2])
        for topic in NOTICES
        for n in range(PARTITIONS)
        for record in log[topic, n]
        if record.key in {sent.key for sent in records}
    )
    return Outcome(tuple(first[id_of(record)] for record in records), notices)


def test_each_case_gets_its_answer_from_a_running_gateway(
    kafka: BrokerInfo, tmp_path: Path
) -> None:
    """All are there before the process starts, so that it takes them in the order of time."""
    records = {file: records_of(number, file) for number, file in enumerate(files())}
    with installation(kafka, tmp_path) as live:
        every = [record for those in records.values() for record in those]
        live.prefill(sorted(every, key=lambda record: record.timestamp_ms))
        live.start_ready(1)
        live.wait_drained(60)
        assert live.stop() == [0]
        log = live.log((*RECEIPT_TOPICS, *NOTICES))
    judge({file: outcome(those, log) for file, those in records.items()})
