"""The stored form through the versions: goldens are only added, never edited (style point 26)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.domain import migrate
from gateway.domain.migrate import UnknownVersionError, load
from gateway.domain.records import RECORD_OF, Nothing
from gateway.domain.state import STATE_VERSION, decode, encode
from tests.domain.golden_states import GOLDEN, HISTORIES
from tests.dsl import Gateway

FILES = sorted(GOLDEN.glob("state-v*-*.msgpack"))


def test_there_is_a_golden_of_every_history_in_the_newest_version():
    names = {f"state-v{STATE_VERSION}-{name}.msgpack" for name in HISTORIES}
    assert names <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_golden_loads_and_a_newest_one_is_written_back_byte_for_byte(file: Path):
    stored = file.read_bytes()
    state = load(stored)
    assert state.version == STATE_VERSION
    assert load(encode(state)) == state
    if f"-v{STATE_VERSION}-" in file.name:
        assert encode(state) == stored


def test_the_goldens_hold_every_kind_of_record_that_a_state_can_hold():
    states = [load(file.read_bytes()) for file in FILES]
    kinds = {type(entry.record) for state in states for entry in state.entries}
    assert kinds >= {*RECORD_OF.values(), Nothing}
    assert any(state.held for state in states)
    assert any(state.deadlines for state in states)
    assert any(state.said for state in states)
    assert any(entry.voided for state in states for entry in state.entries)
    assert any(entry.first_case_id for state in states for entry in state.entries)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_process_goes_on_from_a_golden(file: Path):
    """The messages of the history again are known; none of them is taken for new."""
    name = file.stem.split("-", 2)[2]
    gateway = HISTORIES[name](Gateway())
    key = next(key for _, key in gateway.stored if len(key or b"") == 22)
    (partition,) = {where for where, stored_key in gateway.stored if stored_key == key}
    fold = gateway.folds[partition]
    fold.drain()
    fold.restore((key or b"").decode(), file.read_bytes(), None)
    fold._hot.clear()
    for topic, event in gateway.sent.values():
        answer = gateway.put(topic, event)
        assert answer.duplicate or answer.status == "REJECTED", answer.receipt


@pytest.mark.parametrize("version", [0, 3, 127])
def test_a_version_that_this_code_does_not_know_is_told_and_not_guessed(version: int):
    stored = msgspec.msgpack.encode([version, [], [], []])
    with pytest.raises(UnknownVersionError, match=f"version {version}, this code knows up to 2"):
        load(stored)


def test_an_older_version_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch):
    """With pretended older versions; real ones get real steps."""
    steps = {-2: lambda values: [-1, *values[1:]], -1: lambda values: [2, [], [], [], values[1]]}
    monkeypatch.setattr(migrate, "STEPS", steps)
    state = load(msgspec.msgpack.encode([-2, ["told"]]))
    assert state.said == ("told",)


def test_a_long_header_is_read_too():
    """MessagePack has more than one way to write an array's length."""
    stored = encode(Gateway().opened_case().state())
    values = msgspec.msgpack.decode(stored)
    longer = b"\xdc" + len(values).to_bytes(2, "big") + stored[1:]
    assert load(longer) == decode(stored)
