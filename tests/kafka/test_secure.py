"""TLS, passwords, certificates and rights on a real Kafka: who gets in, and who may do what."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError
from confluent_kafka import KafkaError, Message, Producer

from gateway.sdk import AgencyClient
from gateway.shell.connection import stop
from gateway.shell.rights import Party
from schemas.keys import KeyRing
from schemas.topics import (
    ALL_TOPICS,
    AUDIT,
    COMMANDS,
    FOLLOWUP,
    INPUT_TOPICS,
    QUARANTINE,
    RECEIPT_TOPICS,
    STATE,
)
from tests.faults.checker import violations
from tests.kafka.live import PARTITIONS, Installation, installation
from tests.kafka.process import GATEWAY, run_to_end
from tests.kafka.secure import PARTIES, PASSWORD, Secure, grant, secure_kafka
from tests.kafka.test_lost_records import Case

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.kafka,
    pytest.mark.xdist_group("secure"),
    pytest.mark.timeout(300),
]

SAMVERKAN = (sys.executable, "-m", "gateway.cli.main")
SINK = (sys.executable, "-m", "consumers.followup", "--idle-exit", "1")
CHECK = (*SAMVERKAN, "topics", "check")
MORNING = datetime(2024, 2, 5, 9, tzinfo=UTC)
#: No compacted topic takes a record without one.
KEY = b"0"
WRONG_PASSWORD = {"SASL_PASSWORD_FILE": "wrong_password"}
WRITTEN_BY_AGENCIES = {a: {t for t in INPUT_TOPICS if t.startswith(a)} for a in ("fk", "af")}
READ_BY_AGENCIES = {
    a: {t for t in ALL_TOPICS if t.startswith((f"{a}.in.", f"{a}.receipts"))} for a in ("fk", "af")
}
#: The columns "written by" and "read by" of docs/topics.md.
WRITES: Mapping[Party, set[str]] = {
    "fk": WRITTEN_BY_AGENCIES["fk"],
    "af": WRITTEN_BY_AGENCIES["af"],
    "gateway": set(ALL_TOPICS) - set(INPUT_TOPICS) - {COMMANDS},
    "followup": set(),
    "operator": {COMMANDS},
    "auditor": set(),
    "installer": set(),
}
READS: Mapping[Party, set[str]] = {
    "fk": READ_BY_AGENCIES["fk"],
    "af": READ_BY_AGENCIES["af"],
    "gateway": {*INPUT_TOPICS, STATE, COMMANDS, AUDIT},
    "followup": {FOLLOWUP},
    "operator": {STATE, AUDIT, QUARANTINE, *RECEIPT_TOPICS},
    "auditor": {AUDIT, QUARANTINE},
    "installer": set(),
}


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    with secure_kafka(tmp_path_factory.mktemp("secure")) as made:
        yield made


@pytest.fixture
def live(secure: Secure, tmp_path: Path) -> Iterator[Installation]:
    with installation(secure.info, tmp_path) as made:
        grant(secure.info.bootstrap, made.settings())
        yield made


@pytest.mark.parametrize("way", ["PLAIN", "certificate"])
def test_the_gateway_works_over_every_protected_connection(
    secure: Secure, live: Installation, way: str
) -> None:
    """And over that of the next test, which is the default."""
    live.prefill(Case().story.records)
    protected = (
        secure.by_certificate() if way == "certificate" else secure.by_password("gateway", way)
    )
    live.start_ready(**protected)
    live.wait_drained()
    assert live.stop() == [0]
    assert violations(live.log()) == []


def security_options(secure: Secure, party: Party) -> dict[str, Any]:
    """As an agency writes them down for its own clients."""
    return {
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(cafile=secure.authority),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": party,
        "sasl_plain_password": PASSWORD,
    }


async def sent_as_agency(secure: Secure, case: Case) -> str:
    """Send the case's consent as FK does; the status of its receipt."""
    security = security_options(secure, "fk")
    data = json.loads(case.story.records[0].value or b"")["data"]
    keys = KeyRing.published_test_keys()
    async with AgencyClient(secure.signed, "fk", keys, security=security) as fk:
        at = round(MORNING.timestamp() * 1000)
        sent = await fk.send("consent.recorded", data, time=MORNING, name="a", timestamp_ms=at)
        return (await fk.receipt(sent)).status


def test_every_party_can_do_its_work_with_its_own_rights(
    secure: Secure, live: Installation, tmp_path: Path
) -> None:
    live.start_ready(**secure.by_password("gateway"))
    case = Case()
    live.prefill(case.story.records)
    assert asyncio.run(sent_as_agency(secure, case)) == "ACCEPTED"
    live.wait_drained()
    assert live.stop() == [0]
    log = live.log()
    facts = sum(len(log[FOLLOWUP, n]) for n in range(PARTITIONS))
    assert facts > 0
    live.admin.delete_topics([QUARANTINE])[QUARANTINE].result()
    work: list[tuple[Party, tuple[str, ...], str]] = [
        ("followup", SINK, f"stored {facts} facts"),
        ("installer", (*SAMVERKAN, "topics", "create"), "1 topics created"),
        ("installer", CHECK, "All topics are there"),
        ("operator", (*SAMVERKAN, "parked", "list"), "Nobody is parked"),
        ("auditor", (*SAMVERKAN, "audit", "verify"), "gateway.audit holds"),
        ("operator", (*SAMVERKAN, "case", case.writer.case_id), case.writer.case_id),
    ]
    for party, command, said in work:
        done = run_to_end(command, {**secure.by_password(party), "STORE": str(tmp_path / "store")})
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
        assert PASSWORD not in done.stdout + done.stderr


def client_of(secure: Secure, party: Party) -> dict[str, Any]:
    return {
        "bootstrap.servers": secure.signed,
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(secure.authority),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": party,
        "sasl.password": PASSWORD,
        "log_level": 0,
    }


def shown_to(client: Producer) -> set[str]:
    """Of the topics those that the broker tells of: librdkafka would wait long for another one."""
    return set(client.list_topics(timeout=20).topics) & set(ALL_TOPICS)


def written_by(secure: Secure, party: Party) -> set[str]:
    """Topics that took a record of the party; each of the others is hidden from it or refuses."""
    taken: set[str] = set()

    def told(problem: KafkaError | None, message: Message) -> None:
        if problem is None:
            taken.add(message.topic())
        else:
            assert problem.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, problem

    producer = Producer(client_of(secure, party))
    for topic in shown_to(producer):
        producer.produce(topic, b"{}", KEY, partition=0, on_delivery=told)
    assert producer.flush(30) == 0
    return taken


async def read_by(secure: Secure, party: Party) -> set[str]:
    """Topics of which the party got a record; each of the others is hidden from it or refuses."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=secure.signed, group_id=None, **security_options(secure, party)
    )
    await consumer.start()
    given: set[str] = set()
    for topic in await consumer.topics() & set(ALL_TOPICS):
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        try:
            assert await consumer.getmany(timeout_ms=20_000), f"{topic} says nothing"
        except TopicAuthorizationFailedError:
            continue
        given.add(topic)
    await stop(consumer)
    return given


def test_each_party_writes_and_reads_its_own_topics_and_no_others(
    secure: Secure, live: Installation
) -> None:
    """All parties and all topics, tried on the broker."""
    everybody = Producer({"bootstrap.servers": live.bootstrap})
    for topic in ALL_TOPICS:
        everybody.produce(topic, b"{}", KEY, partition=0)
    assert everybody.flush(30) == 0
    assert {party: written_by(secure, party) for party in PARTIES} == WRITES
    assert {party: asyncio.run(read_by(secure, party)) for party in PARTIES} == READS


@pytest.mark.parametrize(
    ("command", "wrong", "why"),
    [
        (GATEWAY, WRONG_PASSWORD, "SaslAuthenticationFailed"),
        (GATEWAY, {"TLS_CA_FILE": "strangers"}, "TLS: CERTIFICATE_VERIFY_FAILED"),
        (GATEWAY, {"BOOTSTRAP_SERVERS": "mutual"}, "it ends the connection"),
        (SINK, WRONG_PASSWORD, "SaslAuthenticationFailed"),
        (CHECK, WRONG_PASSWORD, "SaslAuthenticationFailed"),
    ],
)
def test_who_is_not_let_in_is_told_why_in_one_sentence(
    secure: Secure, command: tuple[str, ...], wrong: Mapping[str, str], why: str
) -> None:
    changed = {name: str(getattr(secure, field)) for name, field in wrong.items()}
    done = run_to_end(command, {**secure.by_password("gateway"), **changed})
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    assert f"does not let this process in ({why})" in said
    assert "correct SAMVERKAN_SECURITY_PROTOCOL or the settings that belong to it" in said
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
