"""The kept cases through a real broker and process: each gets the answer that it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.broker import BrokerInfo
from schemas.topics import RECEIPT_TOPICS
from simulator.wire import SimRecord
from tests.dsl import instant
from tests.kafka.live import PARTITIONS, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics"), pytest.mark.timeout(180)]

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.json"))


def sent(content: dict[str, Any]) -> SimRecord:
    """The record of a case; its value byte for byte where that matters."""
    raw = content.get("raw_value") or json.dumps(content["value"], ensure_ascii=False)
    headers = tuple((name, text.encode()) for name, text in content["headers"].items())
    return SimRecord(
        content["topic"],
        content.get("partition"),
        content["key"].encode(),
        raw.encode(),
        headers,
        instant(content["timestamp"]),
        content["expect"]["status"],
        "plain",
    )


def test_each_case_gets_its_answer_from_a_running_gateway(
    kafka: BrokerInfo, tmp_path: Path
) -> None:
    contents = [json.loads(case.read_text(encoding="utf-8")) for case in CASES]
    with installation(kafka, tmp_path) as live:
        live.start_ready(1)
        live.prefill([sent(content) for content in contents])
        live.wait_drained(60)
        assert live.stop() == [0]
        log = live.log(RECEIPT_TOPICS)
    answers = {
        data["message_id"]: data["status"]
        for topic in RECEIPT_TOPICS
        for n in range(PARTITIONS)
        for data in (orjson.loads(record.value)["data"] for record in log[topic, n])
    }
    ids = [
        one["headers"].get("ce_id") or json.loads(record.value or b"")["id"]
        for one, record in zip(contents, map(sent, contents), strict=True)
    ]
    assert [answers[one] for one in ids] == [content["expect"]["status"] for content in contents]
