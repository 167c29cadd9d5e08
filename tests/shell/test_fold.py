"""The synchronous middle: order of deadlines, restoring, draining, and what goes into a record."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import orjson

from gateway.domain import room
from gateway.domain.state import decode
from gateway.shell.fold import DUE_HEADER, TASK_KEY, Fold, TaskState
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.topics import STATE
from tests.dsl import AGREEMENT, BO, CONTENT_TYPE, KEYS, PARTITIONS, Gateway, instant, partition_of

DAY = 86_400_000


def key_of(person: str) -> bytes:
    return KEYS.person_key(person).encode()


def record(gateway: Gateway, name: str, agency: str = "fk", **data: Any) -> Record:
    """A message as a record of its own, undecided."""
    event = gateway.event(name, agency, **data)
    key = event["partitionkey"].encode()
    topic = f"{agency}.out.{name.partition('.')[0]}"
    value = orjson.dumps(event)
    gateway._count += 1
    where = partition_of(key, PARTITIONS)
    return Record(topic, where, gateway._count, gateway.now, key, value, CONTENT_TYPE)


def fresh(partition: int) -> Fold:
    return Fold(partition, Codec(KEYS, PARTITIONS), AGREEMENT, KEYS)


def states(out: list[Outgoing]) -> dict[bytes | None, Outgoing]:
    return {o.key: o for o in out if o.topic == STATE}


def test_a_person_decided_twice_is_written_once_with_the_last_state():
    gateway = Gateway()
    consent = record(gateway, "consent.recorded")
    fold = fresh(consent.partition)
    fold.take(consent)
    gateway.later(minutes=1)
    fold.take(record(gateway, "status.enrolled", "af"))
    out = fold.drain()
    written = [o for o in out if o.key == consent.key and o.topic == STATE]
    assert len(written) == 1
    assert len(decode(written[0].value).entries) == 2
    assert written[0].timestamp_ms == gateway.now
    assert out[-1].key == TASK_KEY.encode()


def test_outputs_come_before_states_and_the_tasks_own_state_last():
    gateway = Gateway()
    consent = record(gateway, "consent.recorded")
    fold = fresh(consent.partition)
    fold.take(consent)
    topics = [out.topic for out in fold.drain()]
    assert topics[-2:] == [STATE, STATE]
    assert STATE not in topics[:-2]


def test_a_state_that_has_not_changed_is_not_written():
    gateway = Gateway()
    consent = record(gateway, "consent.recorded")
    fold = fresh(consent.partition)
    fold.take(consent)
    fold.drain()
    fold.take(consent._replace(offset=9))
    fold.take(record(gateway, "plan.closed", outcome=None))
    assert set(states(fold.drain())) == {TASK_KEY.encode()}


def test_draining_empties_the_fold():
    gateway = Gateway()
    consent = record(gateway, "consent.recorded")
    fold = fresh(consent.partition)
    fold.take(consent)
    assert fold.pending_bytes == sum(len(out.value) for out in fold.pending) > 0
    fold.drain()
    assert (fold.pending, fold.pending_bytes) == ([], 0)
    assert set(states(fold.drain())) == {TASK_KEY.encode()}


def test_a_refused_record_leaves_no_person_behind():
    gateway = Gateway()
    refused = record(gateway, "referral.initiated")
    fold = fresh(refused.partition)
    fold.take(refused)
    fold.take(refused._replace(value=b"{", offset=9))
    assert set(states(fold.drain())) == {TASK_KEY.encode()}
    assert fold.persons == 0


def test_persons_and_bytes_are_counted_when_they_are_stored():
    gateway = Gateway().opened_case()
    fold = gateway.folds[partition_of(key_of(gateway.person), PARTITIONS)]
    assert fold.persons == 1
    assert fold.stored_bytes == len(gateway.stored[fold.partition, key_of(gateway.person)].value)


# -- deadlines


def test_what_is_due_is_decided_before_the_record_that_lets_time_pass():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.answered")
    fold = gateway.folds[partition_of(key_of(gateway.person), PARTITIONS)]
    opened = record(gateway.later(days=14), "referral.initiated")
    fold.take(opened._replace(timestamp_ms=gateway.now))
    receipts = [orjson.loads(o.value)["data"] for o in fold.drain() if o.topic == "fk.receipts"]
    assert [r["status"] for r in receipts] == ["ACCEPTED_WITH_WARNING", "ACCEPTED"]


def test_deadlines_fire_in_the_order_of_time_then_of_key():
    """Of two persons in one task, by the person key at the same instant."""
    gateway = Gateway()
    fold = fresh(0)
    for key in ("b", "a", "c"):
        fold._schedule(key, 5)
    fold._schedule("z", 4)
    fired: list[str] = []
    fold._decide = lambda key, *_: fired.append(key)  # type: ignore[method-assign, assignment]  # white box
    fold.advance(4)
    assert fired == ["z"]
    fold.advance(5)
    assert fired == ["z", "a", "b", "c"]
    assert fold.stream_time == 5
    assert gateway.now > 5


def test_a_deadline_that_was_moved_or_taken_away_does_not_fire():
    fold = fresh(0)
    fired: list[str] = []
    fold._decide = lambda key, *_: fired.append(key)  # type: ignore[method-assign, assignment]  # white box
    fold._schedule("moved", 5)
    fold._schedule("moved", 7)
    fold._schedule("gone", 5)
    fold._schedule("gone", None)
    fold._schedule("back", 5)
    fold._schedule("back", 6)
    fold._schedule("back", 5)
    fold.advance(6)
    assert fired == ["back"]
    fold.advance(7)
    assert fired == ["back", "moved"]


def test_stream_time_does_not_go_back():
    fold = fresh(0)
    fold.advance(10)
    fold.advance(5)
    assert fold.stream_time == 10


def test_a_late_record_is_decided_at_its_own_time_and_a_wait_that_is_over_ends_at_once():
    """Live, a record may carry an earlier time than one that was taken before it, and be the last.

    Seed 57 on three nodes found two that waited for ever: no record came after them.
    """
    gateway = Gateway().on("2024-03-01")
    gateway.consented(valid_from="2024-01-01")
    fold = gateway.folds[partition_of(key_of(gateway.person), PARTITIONS)]
    gateway.on("2024-02-01")
    late = gateway.send("referral.answered")
    assert late.receipt["held_until"] == "2024-02-15T08:00:00.000Z"
    assert fold.stream_time == instant("2024-03-01T09:00")
    statuses = [
        orjson.loads(out.value)["data"]["status"]
        for out in gateway.log
        if out.topic == "fk.receipts" and late.message_id.encode() in out.value
    ]
    assert statuses == ["HELD", "ACCEPTED_WITH_WARNING"]


# -- restoring


def test_a_restored_fold_goes_on_where_the_other_stopped():
    gateway = Gateway()
    gateway.consented()
    held = gateway.send("referral.answered")
    gateway.restart()
    assert gateway.later(days=13).tick().records == ()
    ended = gateway.later(days=1).tick()
    assert ended.released == [(held.message_id, "ACCEPTED_WITH_WARNING")]


def test_later_records_of_a_key_replace_earlier_ones():
    gateway = Gateway()
    gateway.consented()
    key = key_of(gateway.person)
    partition = partition_of(key, PARTITIONS)
    early = gateway.stored[partition, key]
    gateway.send("referral.answered")
    late = gateway.stored[partition, key]
    fold = fresh(partition)
    pieces = [out for (_, name), out in gateway.stored.items() if (name or b"")[:6] == b"piece:"]
    for out in (late, early, *pieces, late):
        due = dict(out.headers).get(DUE_HEADER)
        fold.restore((out.key or b"").decode(), out.value, None if due is None else int(due))
    fold.advance(gateway.now + 14 * DAY)
    assert any(out.topic == "fk.receipts" for out in fold.pending)


def test_the_header_of_a_state_says_when_the_person_is_due_and_only_then():
    gateway = Gateway()
    gateway.consented()
    key = key_of(gateway.person)
    partition = partition_of(key, PARTITIONS)
    assert gateway.stored[partition, key].headers == ()
    gateway.send("referral.answered")
    due = str(gateway.now + 14 * DAY).encode()
    assert gateway.stored[partition, key].headers == ((DUE_HEADER, due),)
    gateway.send("referral.initiated")
    assert dict(gateway.stored[partition, key].headers)[DUE_HEADER] != due


def test_stream_time_and_audit_survive_in_the_tasks_own_record():
    gateway = Gateway()
    gateway.consented()
    partition = partition_of(key_of(gateway.person), PARTITIONS)
    stored = gateway.stored[partition, TASK_KEY.encode()]
    task = msgspec.msgpack.decode(stored.value, type=TaskState)
    assert (task.stream_time, task.audit_count) == (gateway.now, 1)
    gateway.restart()
    fold = gateway.folds[partition]
    assert (fold.stream_time, fold.chain.count) == (gateway.now, 1)
    assert fold.chain.previous == task.audit_previous


def test_states_beyond_the_hot_ones_are_decoded_again():
    gateway = Gateway()
    for fold in gateway.folds:
        fold._hot_max = 1
    persons = ["198104129815", "199507039841", "198505059835", "197209159867"]
    same = [p for p in persons if partition_of(key_of(p), PARTITIONS)]
    for person in same:
        gateway.person = person
        gateway.consented()
    for person in same:
        gateway.person = person
        gateway.consent = None
        assert gateway.send("referral.initiated").status == "ACCEPTED"
    assert all(len(fold._hot) <= 1 for fold in gateway.folds)


# -- whose state


def test_a_counted_refusal_is_remembered_in_a_slot_that_no_person_has():
    gateway = Gateway().on("2024-04-02")
    answer = gateway.send("consent.refusal_counted")
    keys = [key for _, key in gateway.stored if key != TASK_KEY.encode()]
    slot = sha256(answer.message_id.encode()).hexdigest()[:3]
    assert keys == [f"{'0' * 22}:{slot}".encode()]
    gateway.restart()
    assert gateway.again(answer).duplicate


def test_a_persons_state_is_under_the_person_key_and_holds_no_number():
    gateway = Gateway()
    gateway.consented()
    gateway.send("status.enrolled")
    (out,) = [out for out in gateway.stored.values() if out.key == key_of(gateway.person)]
    assert gateway.person.encode() not in out.value
    assert BO.encode() not in out.value


def test_the_bytes_of_a_waiting_message_are_kept_and_go_when_it_is_decided():
    """Until then the body must stand somewhere; afterwards no body is left."""
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.called")
    bodies = [out.key for out in gateway.stored.values() if gateway.person.encode() in out.value]
    assert len(bodies) == 1
    gateway.send("referral.initiated")
    assert all(gateway.person.encode() not in out.value for out in gateway.stored.values())


def test_counts_are_kept_until_they_are_committed():
    gateway = Gateway()
    gateway.consented()
    fold = gateway.folds[partition_of(key_of(gateway.person), PARTITIONS)]
    taken = fold.tally.taken()
    counts = {counter._name: count for (counter, _), count in taken.items()}
    assert counts["samverkan_receipts"] == 1
    assert fold.tally.taken() == {}


def test_a_person_whose_part_is_nearly_full_is_counted_also_after_a_restart(monkeypatch):
    """The alarm `room` comes before the first message is refused for want of room."""
    monkeypatch.setattr(room, "ENTRIES_PART", 40)
    monkeypatch.setattr("gateway.shell.fold._CROWDED_BYTES", 1_000)
    gateway = Gateway()
    consent = record(gateway, "consent.recorded")
    fold = fresh(consent.partition)
    fold.take(consent)
    for _ in range(31):
        fold.take(record(gateway, "status.enrolled", "af"))
    assert fold.crowded == set()
    fold.take(record(gateway, "status.enrolled", "af"))
    assert fold.crowded == {(consent.key or b"").decode()}
    again = fresh(consent.partition)
    for key, out in states(fold.drain()).items():
        if key == consent.key:
            again.restore(key.decode(), out.value, None)
    assert again.crowded == fold.crowded
