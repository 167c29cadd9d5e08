"""A cut, forged or replaced audit: the verifier names the place, and a gateway does not go on.

The tampering is done with ordinary clients of Kafka, as somebody with rights on the brokers could.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its stub names not all
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from gateway.broker import BrokerInfo
from gateway.domain.days import DAY_MS
from gateway.shell.faults import EXIT_REFUSED
from schemas.record import Record
from schemas.topics import AUDIT, STATE
from simulator.wire import SimRecord
from tests.dsl import instant
from tests.kafka.live import PARTITIONS, Installation, installation
from tests.kafka.process import run_to_end

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.kafka,
    pytest.mark.xdist_group("topics"),
    pytest.mark.timeout(300),
]

VERIFY = (sys.executable, "-m", "gateway.cli.main", "audit", "verify")
#: Entries of each partition before anything is tampered with.
ENTRIES = 3


@pytest.fixture
def live(kafka: BrokerInfo, tmp_path: Path) -> Iterator[Installation]:
    """An installation in which each partition has some entries, and no gateway runs."""
    with installation(kafka, tmp_path) as made:
        send(made, *range(ENTRIES))
        decide(made)
        yield made


def send(live: Installation, *seconds: int) -> None:
    """Write one record to each partition in each of these seconds; all will be REJECTED."""
    at = instant("2024-03-05T09:00:00Z")
    live.prefill(
        [
            SimRecord("fk.out.plan", n, None, b"%d" % s, (), at + 1000 * s, "REJECTED", "bytes")
            for s in seconds
            for n in range(PARTITIONS)
        ]
    )


def decide(live: Installation, accepted: str = "") -> list[dict[str, Any]]:
    """Let a gateway decide all there is, and stop; what it warned of the audit."""
    (process,) = live.start_ready(AUDIT_ACCEPTED=accepted)
    live.wait_drained()
    assert live.stop() == [0]
    return process.events("audit accepted") + process.events("audit expired")


def refused(live: Installation, *accepted: str) -> str:
    """The sentence with which a gateway refuses to start."""
    process = live.start(AUDIT_ACCEPTED=",".join(accepted))
    assert process.wait(40) == EXIT_REFUSED, process.said()
    said = process.said().strip().splitlines()[-1]
    assert said.startswith("The gateway does not go on: "), said
    assert said.endswith("(runbook: audit-end)."), said
    return said


def verified(live: Installation, *options: str) -> Mapping[str, Any]:
    """What `samverkan audit verify` says; its exit code says the same."""
    settings = {"BOOTSTRAP_SERVERS": live.bootstrap}
    done = run_to_end((*VERIFY, "--format", "json", *options), settings)
    assert done.stderr == ""
    found: Mapping[str, Any] = orjson.loads(done.stdout)
    assert done.returncode == (0 if found["holds"] else 1)
    return found


def broken(found: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Partition and check of each place that does not hold."""
    return [(place["partition"], place["check"]) for place in found["broken"]]


def write(live: Installation, partition: int, *values: bytes) -> None:
    """Append records as anybody with the right to write could."""
    producer = Producer({"bootstrap.servers": live.bootstrap, "log_level": 0})
    for value in values:
        producer.produce(AUDIT, value, partition=partition)
    assert producer.flush(20) == 0


def delete_until(live: Installation, partition: int, offset: int) -> None:
    """Remove records at the front, as the admin tool does."""
    place = TopicPartition(AUDIT, partition, offset)
    for done in live.admin.delete_records([place]).values():
        done.result(20)


def keep(live: Installation, milliseconds: int) -> None:
    """Set for how long the audit is kept."""
    entry = ConfigEntry(
        "retention.ms", str(milliseconds), incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ResourceType.TOPIC, AUDIT, incremental_configs=[entry])
    for done in live.admin.incremental_alter_configs([resource]).values():
        done.result(20)


def next_entry(last: Record) -> bytes:
    """An entry that fits the chain, as somebody can write who can read it."""
    entry = orjson.loads(last.value or b"")
    entry["number"] += 1
    entry["offset"] += 1
    entry["cause"] = f"{entry['topic']}/{entry['partition']}/{entry['offset']}"
    entry["previous_sha256"] = sha256(last.value or b"").hexdigest()
    return orjson.dumps(entry)


def test_an_audit_that_was_added_to_or_cut_is_found_and_no_gateway_goes_on_from_it(
    live: Installation,
) -> None:
    """Each partition is named in turn; what a person has accepted by name may start."""
    found = verified(live)
    assert (found["holds"], found["entries"]) == (True, ENTRIES * PARTITIONS)
    assert {one["front"] for one in found["partitions"]} == {"whole"}
    log = live.log([AUDIT])
    write(live, 1, next_entry(log[AUDIT, 1][-1]))
    write(live, 2, b"{}")
    delete_until(live, 3, live.ends([AUDIT])[AUDIT, 3])
    # What is missing at the front is the verifier's to tell; the end is as it was.
    delete_until(live, 4, log[AUDIT, 4][1].offset)
    write(live, 5, log[AUDIT, 5][-2].value or b"")
    places = [(1, "transaction"), (2, "form"), (3, "removed"), (4, "removed"), (5, "fork")]
    assert broken(verified(live))[:5] == places

    said = refused(live)
    assert "gateway.audit/1 ends with entry 4, but its state stands at entry 3" in said
    said = refused(live, "1:3", "2:3")
    assert "gateway.audit/3 has lost every entry up to 3, although it is kept for ever" in said
    send(live, ENTRIES)
    accepted = decide(live, "1:3,2:3,3:3,5:3")
    assert [event["partition"] for event in accepted] == [1, 2, 3, 5]
    # Its next entry is the end again, so what was accepted once is needed no more.
    assert decide(live) == []
    assert (1, "fork") in broken(verified(live))


def test_an_audit_that_was_made_anew_is_found_and_no_gateway_goes_on_from_it(
    live: Installation, tmp_path: Path
) -> None:
    """Empty, cut at the end, or with another last entry; a whole copy fits the state."""
    summary = tmp_path / "summary.json"
    summary.write_bytes(orjson.dumps(verified(live)))
    log = live.log([AUDIT])
    live.renew([AUDIT])
    whole = {n: [record.value or b"" for record in log[AUDIT, n]] for n in range(PARTITIONS)}
    for n in (3, 4, 5):
        write(live, n, *whole[n])
    write(live, 1, *whole[1][:-1])
    write(live, 2, *whole[2][:-1], whole[2][-1].replace(b"REJECTED", b"ACCEPTED"))
    found = verified(live, "--earlier", str(summary))
    earlier = [place for place, check in broken(found) if check == "earlier"]
    assert earlier == [0, 1, 2]

    assert "gateway.audit/0 holds no entry, but its state stands at entry 3" in refused(live)
    said = refused(live, "0:3", "1:3")
    assert "gateway.audit/2 ends with another entry 3 than its state names" in said
    live.renew([STATE])
    said = refused(live)
    assert "gateway.audit/1 ends with entry 2, but gateway.state knows of no entry" in said


def test_a_gateway_goes_on_where_retention_has_removed_the_audit(live: Installation) -> None:
    """Once all entries are older than they are kept, nothing but the state knows of them."""
    keep(live, 100 * DAY_MS)
    for (_, n), end in live.ends([AUDIT]).items():
        delete_until(live, n, end)
    send(live, ENTRIES)
    assert len(decide(live)) == PARTITIONS
    found = verified(live)
    assert found["holds"]
    assert {one["front"] for one in found["partitions"]} == {"expired"}
    assert {one["first"]["number"] for one in found["partitions"]} == {ENTRIES + 1}
    assert decide(live) == []
