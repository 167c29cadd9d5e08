"""What is written to the state for a message is bounded, whatever senders have sent before."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain import pieces
from gateway.domain.migrate import load
from gateway.domain.pieces import BUCKET, WHOLE_BYTES, MissingPieceError, apart, whole
from gateway.domain.state import Deadline, PersonState, encode
from gateway.domain.unfinished import BYTES_MAX
from gateway.shell.fold import DUE_HEADER, TASK_KEY, Fold
from gateway.shell.outputs import Outgoing
from schemas.codec import Codec, Record
from schemas.partition import partition_of
from schemas.topics import DELIVERY_TOPICS, STATE
from tests.domain.golden_states import GOLDEN, in_pieces
from tests.dsl import AGREEMENT, CONTENT_TYPE, KEYS, PARTITIONS, Gateway
from tests.properties.messages import Draft, histories, played

PERIOD = {"benefit": "rehabiliteringspenning_sarskilda_fall", "extent": 0.25, "from": "2023-05-02"}
LONG = [PERIOD] * 100
UNKNOWN_CONSENT = "01999999-0000-7000-8000-000000000001"


class Writes:
    """One task, which commits after each record; what stands in its state topic."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.state: dict[str, Outgoing] = {}
        self.restart()

    def restart(self) -> None:
        """Another process goes on from what stands in the topic."""
        self.fold = Fold(self.partition, Codec(KEYS, PARTITIONS), AGREEMENT, KEYS)
        for key, out in self.state.items():
            due = dict(out.headers).get(DUE_HEADER)
            self.fold.restore(key, out.value, None if due is None else int(due))

    def take(self, record: Record) -> tuple[int, list[Outgoing]]:
        """Decide a record, and commit."""
        self.fold.take(record)
        return self.commit()

    def commit(self) -> tuple[int, list[Outgoing]]:
        """Bytes written to the state, and everything else that was written."""
        size, rest = 0, []
        for out in self.fold.drain():
            assert isinstance(out, Outgoing)
            key = (out.key or b"").decode()
            if out.topic != STATE:
                rest.append(out)
            else:
                size += len(key) + len(out.value)
                self.state[key] = out
        return size, rest

    def standing(self) -> dict[str, bytes]:
        """The last value of each key; an empty one ends it."""
        return {key: out.value for key, out in self.state.items() if out.value}


class Sender:
    """Messages of both agencies about one person, each committed by itself."""

    def __init__(self) -> None:
        self.gateway = Gateway(consent=UNKNOWN_CONSENT)
        self.key = KEYS.person_key(self.gateway.person)
        self.partition = partition_of(self.key.encode(), PARTITIONS)
        self.task = Writes(self.partition)
        self._offset = 0

    def send(self, name: str, agency: str, blanks: int = 0, **data: Any) -> tuple[int, str]:
        """Bytes written to the state, and the status."""
        self.gateway.now += 1_000
        event = self.gateway.event(name, agency, **data)
        value = orjson.dumps(event) + b" " * blanks
        topic = f"{agency}.out.{name.partition('.')[0]}"
        self._offset += 1
        now, key = self.gateway.now, self.key.encode()
        record = Record(topic, self.partition, self._offset, now, key, value, CONTENT_TYPE)
        size, rest = self.task.take(record)
        receipts = [orjson.loads(out.value) for out in rest if out.topic.endswith("receipts")]
        return size, receipts[0]["data"]["status"]


def test_small_messages_beside_large_ones_that_wait_write_little():
    """Twenty small messages wrote ten megabytes."""
    sender = Sender()
    for agency in ("fk", "af", "fk", "af"):
        size, status = sender.send("referral.answered", agency, blanks=130_000)
        assert (status, 130_000 < size < 132_000) == ("HELD", True)
    sizes = []
    for name, consent, answer in (
        ("sgi.opened", UNKNOWN_CONSENT, "HELD"), ("status.enrolled", None, "ACCEPTED")
    ):  # fmt: skip
        for _ in range(10):
            size, status = sender.send(name, "fk" if consent else "af", consent_ref=consent)
            assert status == answer
            sizes.append(size)
    assert max(sizes) < 5_000 + BYTES_MAX
    assert sender.task.fold.stored_bytes < 20_000, "blanks take no room in memory either"


def test_small_messages_beside_a_long_history_write_little():
    sender = Sender()
    sizes = [
        sender.send("status.benefit_decided", "fk", consent_ref=None, periods=LONG)
        for _ in range(60)
    ]
    assert {status for _, status in sizes} <= {"ACCEPTED", "HELD"}
    before = sender.task.standing()
    assert sum(map(len, before.values())) > 5 * WHOLE_BYTES
    small = [sender.send("status.enrolled", "af", consent_ref=None)[0] for _ in range(8)]
    assert max(small) <= WHOLE_BYTES + pieces.PAGE * 6_000
    assert sum(small) < 8 * WHOLE_BYTES


def test_a_message_that_waits_is_written_once_and_ended_once():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.answered")
    first = {key: out for (_, key), out in gateway.stored.items() if (key or b"")[:6] == b"piece:"}
    gateway.send("referral.answered")
    assert len(gateway.state().held) == 2
    assert all(gateway.stored[_where(gateway), key] is out for key, out in first.items())
    gateway.send("referral.initiated")
    ended = [gateway.stored[_where(gateway), key].value for key in first]
    assert ended == [b""]


def _where(gateway: Gateway) -> int:
    return partition_of(KEYS.person_key(gateway.person).encode(), PARTITIONS)


def test_what_waits_and_goes_within_a_transaction_is_not_written():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.answered")
    gateway.send("referral.initiated")
    task = Writes(_where(gateway))
    for record in gateway.records:
        task.fold.take(record)
    task.commit()
    assert set(task.state) == {KEYS.person_key(gateway.person), TASK_KEY}


@given(histories(), st.lists(st.sampled_from([0, 0, 40_000]), min_size=25, max_size=25))
@settings(max_examples=40)
def test_what_a_message_writes_is_bounded_by_its_own_size_and_what_it_ends(
    history: list[Draft], blanks: list[int]
):
    """A bound of what came before: with states in pieces from 1,000 bytes on, as large ones are.

    Each receipt adds an entry, whose page is written; the main value has what fills no page.
    """
    gateway, _ = played(history)
    task = Writes(_where(gateway))
    with patch.object(pieces, "WHOLE_BYTES", 1_000):
        for number, record in enumerate(gateway.records):
            if record.partition != task.partition:
                continue
            task.fold.advance(record.timestamp_ms)
            task.commit()
            value = (record.value or b"") + b" " * blanks[number % len(blanks)]
            size, rest = task.take(record._replace(value=value))
            receipts = sum(out.topic.endswith(".receipts") for out in rest)
            assert size <= 1.1 * len(value) + 12_000 + BYTES_MAX + 4_000 * receipts


@given(histories(), st.sets(st.integers(0, 30), max_size=8))
@settings(max_examples=30)
def test_in_pieces_or_whole_the_same_is_decided_and_a_restart_changes_nothing(
    history: list[Draft], restarts: set[int]
):
    gateway, _ = played(history)
    records = [one for one in gateway.records if one.partition == _where(gateway)]

    def run(whole_bytes: int, kills: set[int]) -> tuple[list[Outgoing], dict[str, bytes]]:
        task, written = Writes(_where(gateway)), []
        with patch.object(pieces, "WHOLE_BYTES", whole_bytes):
            for number, record in enumerate(records):
                if number in kills:
                    task.restart()
                written += task.take(record)[1]
            task.fold.advance(gateway.now + 500 * 86_400_000)
            written += task.commit()[1]
        return written, task.standing()

    plain = run(WHOLE_BYTES, set())
    undisturbed, disturbed = run(1_000, set()), run(1_000, restarts)
    assert disturbed == undisturbed
    assert undisturbed[0] == plain[0]


_DEADLINES = st.lists(
    st.builds(Deadline, st.integers(0, 3), st.just("sgi_missed"), st.text("abc", max_size=4)),
    min_size=BUCKET,
    max_size=120,
)
_SAID = st.lists(st.text("abcd", min_size=1, max_size=6), min_size=BUCKET, max_size=90, unique=True)


@given(_DEADLINES, _SAID, st.data())
@settings(max_examples=40)
def test_one_deadline_more_writes_one_bucket_anew(
    deadlines: list[Deadline], said: list[str], data: st.DataObject
):
    """Whatever the others are, also equal ones; and nothing is lost."""
    deadlines.sort(key=lambda one: (one.due, one.kind, one.reference))
    more = data.draw(st.sampled_from([*deadlines, Deadline(9, "x", "y")]))
    state = PersonState(deadlines=tuple(deadlines), said=tuple(sorted(said)))
    next_ = PersonState(deadlines=(*deadlines, more), said=state.said)
    with patch.object(pieces, "WHOLE_BYTES", 100):
        before, after = apart(state), apart(next_)
    found = whole(load(before.stored), before.pieces)
    assert found == state
    if len(deadlines) > BUCKET:
        new = [after.pieces[name] for name in after.pieces.keys() - before.pieces.keys()]
        assert sum(len(load(piece).deadlines) for piece in new) <= 2 * BUCKET


def test_a_state_whose_piece_is_missing_is_told_and_not_guessed():
    gateway = Gateway()
    gateway.consented()
    gateway.send("referral.answered")
    found = apart(gateway.state())
    with pytest.raises(MissingPieceError):
        whole(found.main, {})


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("pieces-*.msgpack")), ids=lambda f: f.stem)
def test_every_golden_in_pieces_is_the_whole_one(file: Path):
    stored, found = msgspec.msgpack.decode(file.read_bytes())
    state = whole(load(stored), found)
    other = file.with_name(file.name.replace("pieces", "state"))
    assert state == load(other.read_bytes())
    assert in_pieces(state) == file.read_bytes()


def test_a_body_that_the_version_before_has_stored_is_delivered_byte_for_byte():
    """It stands in the state; the next change puts it apart, and its release ends it."""
    gateway = Gateway()
    gateway.consented()
    answer = gateway.send("referral.answered")
    state, key = gateway.state(), KEYS.person_key(gateway.person)
    values = msgspec.msgpack.decode(encode(state))
    before = msgspec.msgpack.encode([1, *values[1:5]])
    assert load(before) == state
    task = Writes(_where(gateway))
    task.fold.restore(key, before, state.next_due)
    size, _ = task.take(_record(gateway, "referral.called", 10))
    assert size > len(state.held[0].value)
    assert len([one for one in task.standing() if one.startswith("piece:")]) == 2
    task.restart()
    _, rest = task.take(_record(gateway, "referral.initiated", 11))
    delivered = [out.value for out in rest if out.topic in DELIVERY_TOPICS]
    assert state.held[0].value in delivered
    assert orjson.loads(state.held[0].value)["id"] == answer.message_id
    assert set(task.standing()) == {key, TASK_KEY}


def test_facts_to_be_told_again_that_the_version_before_has_stored_are_known():
    gateway = Gateway()
    gateway.send("status.enrolled")
    state = gateway.state()
    assert len(state.unfinished) == 1
    values = msgspec.msgpack.decode(encode(state))
    assert load(msgspec.msgpack.encode([1, *values[1:6]])) == state


def _record(gateway: Gateway, name: str, offset: int) -> Record:
    event = gateway.event(name)
    topic = f"fk.out.{name.partition('.')[0]}"
    key, value = event["partitionkey"].encode(), orjson.dumps(event)
    return Record(topic, _where(gateway), offset, gateway.now, key, value, CONTENT_TYPE)


def test_the_lane_and_python_agree_where_a_state_becomes_one_in_pieces():
    """The test language compares both; the lane declines what would be in pieces."""
    gateway = Gateway()
    gateway.consented()
    for _ in range(12):
        assert gateway.send("status.benefit_decided", periods=LONG).status in {
            "ACCEPTED", "ACCEPTED_WITH_WARNING",
        }  # fmt: skip
    names = [key for _, key in gateway.stored if (key or b"")[:6] == b"piece:"]
    assert names
    assert gateway.send("status.enrolled").status == "ACCEPTED"
    assert len(gateway.restart().state().entries) == 14
