"""One installation, one truth: a process with other keys or another agreement takes no part."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from gateway.shell import faults
from gateway.shell.fold import TASK_KEY, TaskState
from gateway.shell.group import assignor_of
from gateway.shell.installation import (
    Fingerprint,
    differences,
    fingerprint_of,
    may_replace,
    refuse_other,
    refuse_other_leader,
)
from gateway.shell.settings import RefusedError
from schemas.keys import KeyRing, fingerprint
from schemas.registry import CONTRACT_VERSION
from tests.dsl import AGREEMENT, KEYS, Gateway, agreed

K1, K2, S1 = b"exchange-key-one-of-this-test-0001", b"exchange-key-two-of-this-test-0002", b"s" * 32
OWN = Fingerprint({"k1": "11111111"}, "22222222", "2026.1+aaaaaaaa", "1.1")
OTHER: dict[str, Fingerprint] = {
    "exchange key k1 (here 11111111, there 99999999)": msgspec.structs.replace(
        OWN, exchange_keys={"k1": "99999999"}
    ),
    "exchange key k2 (here none, there 99999999)": msgspec.structs.replace(
        OWN, exchange_keys={"k1": "11111111", "k2": "99999999"}
    ),
    "statistics key (here 22222222, there 99999999)": msgspec.structs.replace(
        OWN, statistics_key="99999999"
    ),
    "agreement (here 2026.1+aaaaaaaa, there 2026.1+bbbbbbbb)": msgspec.structs.replace(
        OWN, agreement="2026.1+bbbbbbbb"
    ),
    "contract version (here 1.1, there 1.2)": msgspec.structs.replace(OWN, contract="1.2"),
}


# -- what it is


def test_the_fingerprint_names_keys_agreement_and_contract_and_shows_no_secret():
    keys = KeyRing(exchange_keys={"k2": K2, "k1": K1}, statistics_keys={"s1": S1})
    own = fingerprint_of("2026.1+aaaaaaaa", keys)
    assert list(own.exchange_keys) == ["k1", "k2"]
    assert own.exchange_keys == {"k1": fingerprint(K1), "k2": fingerprint(K2)}
    assert (own.statistics_key, own.contract) == (fingerprint(S1), CONTRACT_VERSION)
    stored = msgspec.msgpack.encode(own)
    assert not any(secret in stored for secret in (K1, K2, S1))
    assert not any(secret.hex().encode() in stored for secret in (K1, K2, S1))


def test_the_fingerprint_does_not_depend_on_the_order_of_the_key_file():
    one, other = {"k1": K1, "k2": K2}, {"k2": K2, "k1": K1}
    rings = [KeyRing(exchange_keys=keys, statistics_keys={"s": S1}) for keys in (one, other)]
    assert len({msgspec.msgpack.encode(fingerprint_of("x", keys)) for keys in rings}) == 1


def test_each_secret_has_a_fingerprint_of_eight_digits_of_its_own():
    found = {fingerprint(secret) for secret in (K1, K2, S1)}
    assert len(found) == 3
    assert all(re.fullmatch("[0-9a-f]{8}", one) for one in found)


# -- where it is recorded


def task_states(gateway: Gateway) -> list[TaskState]:
    return [
        msgspec.msgpack.decode(out.value, type=TaskState)
        for (_, key), out in gateway.stored.items()
        if key == TASK_KEY.encode()
    ]


def test_the_first_transaction_of_a_partition_records_the_fingerprint():
    gateway = Gateway()
    gateway.consented()
    own = fingerprint_of(AGREEMENT.rules_version, KEYS)
    assert [task.installation for task in task_states(gateway)] == [own]


def test_a_restored_partition_knows_whose_it_is_and_no_person_comes_of_it():
    gateway = Gateway()
    gateway.consented()
    partition = next(n for n, key in gateway.stored if key == TASK_KEY.encode())
    fold = gateway.restart().folds[partition]
    assert fold.recorded == fingerprint_of(AGREEMENT.rules_version, KEYS)
    assert fold.persons == 1


def test_a_state_of_the_release_before_is_taken_and_gets_a_fingerprint_at_the_first_commit():
    gateway = Gateway()
    gateway.consented()
    (place, out), *_ = [(p, o) for p, o in gateway.stored.items() if p[1] == TASK_KEY.encode()]
    before = msgspec.msgpack.decode(out.value)[:3]
    gateway.stored[place] = out._replace(value=msgspec.msgpack.encode(before))
    fold = gateway.restart().folds[place[0]]
    assert (fold.recorded, fold.chain.count) == (None, 1)
    refuse_other(OWN, [], None)
    gateway.send("status.enrolled")
    assert task_states(gateway)[0].installation is not None


def test_an_older_release_can_read_the_record_of_a_newer_one():
    class Before(msgspec.Struct, array_like=True):
        stream_time: int
        audit_count: int
        audit_previous: str

    value = msgspec.msgpack.encode(TaskState(7, 3, "x", OWN))
    assert msgspec.msgpack.decode(value, type=Before).audit_count == 3


def test_another_agreement_is_recorded_as_another():
    gateway = Gateway()
    gateway.consented()
    gateway.restart(agreed(limits={"hold_days": 15}))
    gateway.send("status.enrolled")
    (task,) = task_states(gateway)
    assert task.installation is not None
    assert task.installation.agreement != AGREEMENT.rules_version


# -- who may take part


def test_a_process_with_the_same_keys_and_agreement_takes_part():
    refuse_other(OWN, [OWN, OWN], None)
    refuse_other_leader(OWN, OWN)


@pytest.mark.parametrize("what", OTHER)
def test_whatever_differs_is_refused_in_one_sentence_that_names_it(what: str):
    for refusing in (
        lambda: refuse_other(OWN, [OWN, OTHER[what]], None),
        lambda: refuse_other_leader(OWN, OTHER[what]),
    ):
        with pytest.raises(RefusedError) as caught:
            refusing()
        sentence = str(caught.value)
        assert f"another {what}" in sentence
        assert list(differences(OWN, OTHER[what])) == [what]
        assert "\n" not in sentence
        assert sentence.endswith("(runbook: installation).")
        assert OTHER[what].name in sentence
        assert caught.value.exit_code == 1


def test_the_sentence_names_the_setting_that_is_to_be_looked_at():
    def told(**other: Any) -> str:
        with pytest.raises(RefusedError) as caught:
            refuse_other(OWN, [msgspec.structs.replace(OWN, **other)], None)
        return str(caught.value)

    assert "correct SAMVERKAN_KEYS_FILE," in told(statistics_key="99999999")
    assert "correct SAMVERKAN_AGREEMENT," in told(agreement="x")
    assert "correct the release," in told(contract="1.2")
    both = told(agreement="x", exchange_keys={})
    assert "correct SAMVERKAN_KEYS_FILE and SAMVERKAN_AGREEMENT," in both


def test_a_leader_that_says_nothing_is_of_an_older_release():
    refuse_other_leader(OWN, None)


# -- a planned change


@pytest.mark.parametrize(
    ("what", "allowed"),
    [
        ("exchange key k1 (here 11111111, there 99999999)", False),
        ("exchange key k2 (here none, there 99999999)", True),
        ("statistics key (here 22222222, there 99999999)", False),
        ("agreement (here 2026.1+aaaaaaaa, there 2026.1+bbbbbbbb)", True),
        ("contract version (here 1.1, there 1.2)", True),
    ],
)
def test_a_planned_change_names_what_it_replaces_and_never_changes_a_secret(
    what: str, allowed: bool
):
    before = OTHER[what]
    assert may_replace(OWN, before) is allowed
    if allowed:
        refuse_other(OWN, [before, OWN, before], before.name)
    else:
        with pytest.raises(RefusedError):
            refuse_other(OWN, [before], before.name)


def test_an_installation_that_was_not_named_is_not_replaced():
    before = msgspec.structs.replace(OWN, agreement="2025.1+cccccccc")
    third = msgspec.structs.replace(OWN, agreement="2025.2+dddddddd")
    refuse_other(OWN, [before], before.name)
    with pytest.raises(RefusedError, match=r"2025\.2\+dddddddd"):
        refuse_other(OWN, [before, third], before.name)


def test_a_planned_change_does_not_allow_two_installations_in_one_group():
    before = msgspec.structs.replace(OWN, agreement="2025.1+cccccccc")
    with pytest.raises(RefusedError, match="stop every process before a planned change"):
        refuse_other_leader(OWN, before)


def test_exchange_keys_without_one_in_common_are_no_planned_change():
    assert not may_replace(OWN, msgspec.structs.replace(OWN, exchange_keys={"k9": "11111111"}))


# -- in the group


class Cluster(ClusterMetadata):
    """Two partitions of one topic."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        """The same of every topic."""
        assert topic == "t"
        return {0, 1}


def test_the_leader_tells_each_member_its_fingerprint_beside_the_usual_partitions():
    leader, member = assignor_of(OWN), assignor_of(OTHER[next(iter(OTHER))])
    members = {name: ConsumerProtocolMemberMetadata(0, ["t"], b"") for name in ("a", "b")}
    given = leader.assign(Cluster(), members)
    assert {name: one.assignment for name, one in given.items()} == {
        "a": [("t", [0])],
        "b": [("t", [1])],
    }
    member.on_assignment(type(given["b"]).decode(given["b"].encode()))
    assert member.leader == OWN
    assert leader.leader is None


@pytest.mark.parametrize("told", [b"", None])
def test_a_leader_of_an_older_release_tells_nothing(told: bytes | None):
    member = assignor_of(OWN)
    (given,) = member.assign(
        Cluster(), {"a": ConsumerProtocolMemberMetadata(0, ["t"], b"")}
    ).values()
    given.user_data = told
    member.on_assignment(given)
    assert member.leader is None


# -- how it ends


def test_a_refusal_in_a_rebalance_ends_with_1_and_its_sentence_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    ended: list[int] = []
    monkeypatch.setattr(faults.os, "_exit", ended.append)
    faults.crash("assigned", RefusedError("It is of another installation."))
    faults.crash("assigned", faults.Fault("it is a fault"))
    assert ended == [1, 70]
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == "It is of another installation."
    assert '"event":"fault"' in "".join(rest)
