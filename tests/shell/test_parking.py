"""Marks, limits and commands of parked persons, without Kafka."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import orjson
import pytest

from gateway.domain.migrate import UnknownVersionError
from gateway.shell import fold as fold_module
from gateway.shell.commands import NAMES, OUTCOMES, Command, read_command
from gateway.shell.faults import EXIT_FAULT, Fault
from gateway.shell.fold import Fold
from gateway.shell.outputs import Outgoing
from gateway.shell.parking import PARK_AFTER, Failure, Lot, Poison
from gateway.shell.states import States
from schemas.codec import Codec, Record
from schemas.keys import NO_PERSON_KEY
from schemas.topics import COMMANDS
from tests.dsl import AGREEMENT, ANNA, BO, CONTENT_TYPE, KEYS, PARTITIONS, Gateway, partition_of
from tests.parked_dsl import ANNAS_KEY, BrokenError, Troubled, outcome, quarantined

ANNAS_PARTITION = partition_of(ANNAS_KEY.encode(), PARTITIONS)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Troubled:
    return Troubled.at_a_call(monkeypatch)


def failing(gateway: Troubled) -> Poison:
    """One start of the process, which ends at the call."""
    event = gateway.event("referral.called")
    key = event["partitionkey"].encode()
    record = Record(
        "fk.out.referral", ANNAS_PARTITION, 99, gateway.now, key, orjson.dumps(event), CONTENT_TYPE
    )
    with pytest.raises(Poison) as found:
        gateway.folds[ANNAS_PARTITION].take(record)
    return found.value


# -- marks


def test_a_failure_is_a_fault_that_names_place_and_kind_and_no_content(gateway: Troubled):
    poison = failing(gateway)
    assert isinstance(poison, Fault)
    assert (poison.partition, poison.key, poison.problem) == (
        ANNAS_PARTITION, ANNAS_KEY, "BrokenError",
    )  # fmt: skip
    assert str(poison) == (
        f"deciding fk.out.referral/{ANNAS_PARTITION}/99 failed with BrokenError"
        " (runbook: failing-record)"
    )
    assert isinstance(poison.__cause__, BrokenError)


def test_the_mark_holds_neither_the_exceptions_text_nor_a_number(gateway: Troubled):
    mark = gateway.failed(failing(gateway))
    assert ANNA.encode() not in mark.value
    assert (mark.key or b"").decode() == f"failed:{ANNAS_KEY}"


def test_the_same_failure_is_counted_from_start_to_start(gateway: Troubled):
    counts = []
    for _ in range(PARK_AFTER):
        poison = failing(gateway)
        counts.append(gateway.folds[ANNAS_PARTITION].lot.after(poison).count)
        gateway.failed(poison)
    assert counts == list(range(1, PARK_AFTER + 1))
    with pytest.raises(pytest.fail.Exception):
        failing(gateway)
    assert gateway.parked == [ANNAS_KEY]


@pytest.mark.parametrize(
    "other", [("fk.out.plan/0/1", "KeyError"), ("fk.out.plan/0/2", "TypeError")]
)
def test_another_failure_of_the_person_is_counted_from_one(other: tuple[str, str]):
    lot = Lot()
    lot.failed["k"] = Failure("fk.out.plan/0/1", "TypeError", 2)
    assert lot.after(Poison(0, "k", *other)).count == 1
    assert lot.after(Poison(0, "k", "fk.out.plan/0/1", "TypeError")).count == 3


def test_a_mark_goes_when_the_record_is_decided_after_all(gateway: Troubled):
    gateway.failed(failing(gateway))
    gateway.mended()
    event = gateway.event("referral.called")
    gateway._offsets["fk.out.referral", ANNAS_PARTITION] = 99
    gateway.put("fk.out.referral", event)
    assert gateway.folds[ANNAS_PARTITION].lot.failed == {}
    gateway.restart()
    assert gateway.folds[ANNAS_PARTITION].lot.failed == {}


def test_with_the_setting_off_nobody_is_parked(gateway: Troubled):
    gateway.lots = {"park_after": 0}
    gateway.restart()
    with pytest.raises(AssertionError, match="it fails for ever"):
        gateway.send("referral.called")
    assert gateway.parked == []


def test_when_many_are_parked_it_is_the_code_and_no_more_are(gateway: Troubled):
    gateway.lots = {"parked_max": 1}
    gateway.restart()
    gateway.send("referral.called")
    same = next(
        person for person in (BO, *(f"1985050598{n:02}" for n in range(15, 16))) if person != ANNA
    )
    lot = gateway.folds[ANNAS_PARTITION].lot
    lot.failed[KEYS.person_key(same)] = Failure("fk.out.plan/0/1", "KeyError", 99)
    assert lot.due("fk.out.plan/0/1") is None
    lot.failed[ANNAS_KEY] = Failure("fk.out.plan/0/2", "KeyError", 99)
    assert lot.due("fk.out.plan/0/2") == ANNAS_KEY


@pytest.mark.parametrize("problem", [MemoryError, UnknownVersionError])
def test_what_is_no_fault_of_the_record_is_not_counted(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
):
    def raises(*_: Any, **__: Any) -> Any:
        raise problem

    monkeypatch.setattr(fold_module, "decide", raises)
    with pytest.raises(problem):
        failing(gateway)
    fold = gateway.folds[ANNAS_PARTITION]
    fold._schedule(ANNAS_KEY, 5)
    with pytest.raises(problem):
        fold.advance(10)
    fold.lot.failed[ANNAS_KEY] = Failure("x", "KeyError", PARK_AFTER)
    fold.lot.park(ANNAS_KEY, 0)
    monkeypatch.setattr(fold_module, "decide_kept", raises)
    with pytest.raises(problem):
        gateway.command("release")


def test_of_a_deadline_the_log_has_no_person_key():
    poison = Poison(0, "k", "due/17/k", "KeyError")
    assert str(poison) == "deciding due/17 failed with KeyError (runbook: failing-record)"


def test_a_failure_ends_the_process_with_70_and_shows_the_places_but_no_text():
    code = (
        "from gateway.shell.faults import crash\n"
        "from gateway.shell.parking import Poison\n"
        "try:\n"
        "    try:\n"
        "        raise KeyError('198104129815')\n"
        "    except KeyError as problem:\n"
        "        raise Poison(0, 'k', 'fk.out.plan/0/1', 'KeyError') from problem\n"
        "except Poison as poison:\n"
        "    crash('engine', poison)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == EXIT_FAULT
    assert "198104129815" not in ended.stderr
    assert "deciding fk.out.plan/0/1 failed with KeyError" in ended.stderr


# -- whose it is


def test_a_record_that_was_refused_parks_nobody_but_itself(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    """Its key may be anybody's; only what has been read proves whose a record is."""
    outgoing = fold_module.outgoing

    def broken(decision: Any, record: Any, *more: Any) -> Any:
        first = decision.outputs[0]
        if record is not None and record.value == b"{" and first.status == "REJECTED":
            raise KeyError
        return outgoing(decision, record, *more)

    monkeypatch.setattr(fold_module, "outgoing", broken)
    answer = gateway.take("fk.out.plan", b"{", ANNAS_KEY.encode())
    (pseudo,) = gateway.parked
    assert pseudo == f"{NO_PERSON_KEY}:{gateway.place(answer)}"
    assert gateway.send("status.enrolled").status == "ACCEPTED"
    monkeypatch.setattr(fold_module, "outgoing", outgoing)
    freed = gateway.command("release", pseudo)
    assert [status for _, status in freed.released] == ["REJECTED"]
    assert gateway.parked == []


def test_a_record_without_a_key_that_cannot_be_read_is_parked_by_itself(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    codec = type(gateway._codec)
    decode = codec.decode

    def broken(self: Codec, record: Record) -> Any:
        if record.key is None:
            raise KeyError
        return decode(self, record)

    monkeypatch.setattr(codec, "decode", broken)
    answer = gateway.take("fk.out.plan", b"{}", None)
    assert answer.receipts[0]["status"] == "HELD"
    (pseudo,) = gateway.parked
    assert pseudo.startswith(f"{NO_PERSON_KEY}:fk.out.plan/")


def test_a_record_that_proves_to_be_of_a_parked_person_waits_for_that_person(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    gateway.send("referral.called")
    pseudo = f"{NO_PERSON_KEY}:fk.out.plan/{ANNAS_PARTITION}/0"
    fold = gateway.folds[ANNAS_PARTITION]
    first = fold.lot.line(ANNAS_KEY)[0]
    fold.lot.failed[pseudo] = Failure("x", "KeyError", PARK_AFTER)
    fold.lot.park(pseudo, 0)
    fold.lot.keep(pseudo, first)
    assert outcome(gateway.mended().command("release", pseudo))["verdict"] == "person_parked"
    assert len(gateway.parked) == 2


def test_a_state_that_cannot_be_read_parks_its_person(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    where = (ANNAS_PARTITION, ANNAS_KEY.encode())
    good = gateway.stored[where]
    gateway.stored[where] = good._replace(value=b"\x97\x02damaged")
    gateway.restart().mended()
    first = gateway.send("status.enrolled")
    assert (first.status, quarantined(first)[0]["problem"]) == ("HELD", "ValidationError")
    assert gateway.send("plan.set").status == "HELD"
    failed = gateway.command("release")
    assert outcome(failed)["verdict"] == "failed"
    gateway.stored[where] = good
    gateway.restart()
    assert {status for _, status in gateway.command("release").released} == {"ACCEPTED"}


# -- laws at run time


def test_a_record_whose_answer_is_missing_or_another_ones_is_a_fault(
    gateway: Troubled, monkeypatch: pytest.MonkeyPatch
):
    gateway.mended()
    decide = fold_module.decide

    def mute(*of: Any) -> Any:
        decision = decide(*of)
        return type(decision)(decision.state, decision.outputs[1:])

    monkeypatch.setattr(fold_module, "decide", mute)
    with pytest.raises(Poison, match="failed with Fault") as found:
        gateway.folds[ANNAS_PARTITION].take(gateway.records[-1]._replace(offset=99))
    assert "law 1" in str(found.value.__cause__)


def test_a_record_too_large_to_be_written_is_a_fault_of_its_person():
    fold = Fold(0, Codec(KEYS, PARTITIONS), AGREEMENT, KEYS)
    with pytest.raises(Fault, match=r"a record for af\.in\.plan would have 800001 bytes"):
        fold._put(Outgoing("af.in.plan", 0, None, b"x" * 800_001, ()))


def test_what_is_written_counts_as_answered_once(gateway: Troubled):
    fold = gateway.folds[ANNAS_PARTITION]
    fold.answered = 0
    gateway.send("status.enrolled")
    gateway.later(days=500).tick()
    gateway.command("release")
    assert fold.answered == 2


# -- commands


def test_every_command_is_in_the_audits_chain_with_who_and_why(gateway: Troubled):
    called = gateway.send("referral.called")
    told = gateway.command("expire", record=gateway.place(called))
    entry = outcome(told)
    assert (entry["verdict"], entry["command"], entry["person_key"]) == (
        "done",
        "expire",
        ANNAS_KEY,
    )
    assert (entry["who"], entry["why"]) == ("drift@fk", "ärende 4711")
    assert (entry["topic"], entry["partition"]) == (COMMANDS, ANNAS_PARTITION)
    refused = gateway.command("redrive", record=gateway.place(called))
    assert outcome(refused)["verdict"] == "nothing_waits"
    assert outcome(refused)["number"] == entry["number"] + 1


def test_a_command_that_came_twice_does_not_hit_the_next_in_line(gateway: Troubled):
    called = gateway.send("referral.called")
    gateway.send("plan.set")
    gateway.mended()
    place = gateway.place(called)
    assert outcome(gateway.command("redrive", record=place))["verdict"] == "done"
    assert outcome(gateway.command("redrive", record=place))["verdict"] == "not_first"
    assert outcome(gateway.command("release"))["verdict"] == "done"
    assert outcome(gateway.command("release"))["verdict"] == "not_parked"


def test_releasing_what_still_fails_ends_with_an_answer_and_the_person_parked(gateway: Troubled):
    gateway.send("referral.called")
    told = gateway.command("release")
    assert outcome(told)["verdict"] == "failed"
    assert gateway.parked == [ANNAS_KEY]
    assert gateway.folds[ANNAS_PARTITION].lot.failed == {}
    assert outcome(gateway.mended().command("release"))["verdict"] == "done"


def test_a_command_that_worked_at_the_second_start_leaves_no_mark(gateway: Troubled):
    gateway.send("referral.called")
    value = orjson.dumps(
        {"id": "1", "command": "release", "person": ANNAS_KEY, "who": "a", "why": "b"}
    )
    record = Record(COMMANDS, ANNAS_PARTITION, 0, gateway.now, None, value, ())
    with pytest.raises(Poison) as found:
        gateway.folds[ANNAS_PARTITION].take(record)
    gateway.failed(found.value)
    gateway.mended().folds[ANNAS_PARTITION].take(record)
    assert gateway.folds[ANNAS_PARTITION].lot.failed == {}


def test_a_command_moves_no_clock(gateway: Troubled):
    gateway.send("referral.called")
    fold = gateway.folds[ANNAS_PARTITION]
    before = fold.stream_time
    freed = gateway.mended().later(days=900).command("release")
    assert fold.stream_time == before
    assert freed.receipts[0]["decided_at"] == "2024-01-10T08:00:00.000Z"


GOOD = {"id": "1", "command": "release", "person": "k", "who": "a", "why": "b"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        b"[1]",
        b"[" * 100_000,
        orjson.dumps({**GOOD, "command": "delete"}),
        orjson.dumps({**GOOD, "more": 1}),
        orjson.dumps({**GOOD, "why": ""}),
        orjson.dumps({**GOOD, "who": ""}),
        orjson.dumps({**GOOD, "why": "x" * 501}),
        orjson.dumps({**GOOD, "id": 1}),
    ],
)
def test_what_is_no_command_is_refused_and_answered(gateway: Troubled, value: bytes | None):
    told = gateway.commanded(value)
    entry = outcome(told)
    assert (entry["verdict"], entry["command"]) == ("unreadable", None)


@pytest.mark.parametrize("field", ["who", "why", "person", "id", "record"])
@pytest.mark.parametrize("number", [ANNA, f"{ANNA[2:8]}-{ANNA[8:]}"])
def test_a_command_that_names_a_personal_number_is_refused_and_not_repeated(
    gateway: Troubled, field: str, number: str
):
    told = gateway.commanded(orjson.dumps({**GOOD, field: f"gäller {number}"}))
    assert outcome(told)["verdict"] == "personal_number"
    assert number not in orjson.dumps(outcome(told)).decode()


def test_a_good_command_is_read():
    assert read_command(orjson.dumps(GOOD)) == Command("1", "release", "k", "a", "b")
    assert set(NAMES) == {"release", "redrive", "expire"}


def test_every_outcome_says_what_to_do():
    assert all(text.endswith(".") for text in OUTCOMES.values())


def test_states_alone_remember_what_they_are_given():
    states = States(1)
    assert states.persons == 0
    assert Gateway().state().entries == ()
