"""What a data folder remembers: whole or not at all, one command at a time."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from gateway.broker import state
from gateway.broker.info import BrokerError, Cluster, Node

CLUSTER = Cluster(
    kind="jars",
    cluster_id="MkU3OEVBNTcwNTJENDM2Qk",
    nodes=(Node(1, 19092, 19102, pid=42), Node(2, 19093, 19103)),
    heap="512m",
    quick=False,
    extra=(("message.max.bytes", "4194304"),),
    guard_pid=43,
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    assert state.load(tmp_path) is None
    state.save(tmp_path, CLUSTER)
    assert state.load(tmp_path) == CLUSTER
    state.forget(tmp_path)
    state.forget(tmp_path)
    assert state.load(tmp_path) is None


def test_a_save_cut_short_leaves_the_old_state(tmp_path: Path) -> None:
    """The new state takes the name only when it is complete."""
    state.save(tmp_path, CLUSTER)
    (tmp_path / "broker.json.new").write_text('{"kind": "ja')
    assert state.load(tmp_path) == CLUSTER


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "{}", '{"kind": "moon"}', '{"kind": "jars", "nodes": [{"x": 1}]}'],
)
def test_an_unreadable_state_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "broker.json").write_text(content)
    with pytest.raises(BrokerError, match=r"broker\.json cannot be read .* delete that file\.$"):
        state.load(tmp_path)


def test_a_cluster_id_outlives_the_broker(tmp_path: Path) -> None:
    made = state.cluster_id(tmp_path, 1)
    state.forget(tmp_path)
    assert state.cluster_id(tmp_path, 1) == made


def test_a_cluster_id_is_in_kafkas_form() -> None:
    ids = {state.new_cluster_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(made) == 22 and made[0] != "-" and "=" not in made for made in ids)


def test_one_nodes_data_are_not_opened_by_three(tmp_path: Path) -> None:
    state.cluster_id(tmp_path, 1)
    with pytest.raises(BrokerError, match=r"with 1 node\(s\), not 3; ask for 1, or delete .*\.$"):
        state.cluster_id(tmp_path, 3)


@pytest.mark.parametrize("content", ["", "[]", '{"cluster_id": "x"}'])
def test_a_damaged_cluster_file_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "cluster.json").write_text(content)
    with pytest.raises(BrokerError, match=r"cluster\.json does not say .*\.$"):
        state.cluster_id(tmp_path, 1)


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    """Eight threads count in a file without losing a step."""
    lock, counter = tmp_path / "lock", tmp_path / "count"
    counter.write_text("0")

    def step() -> None:
        for _ in range(25):
            with state.exclusive(lock):
                counter.write_text(json.dumps(json.loads(counter.read_text()) + 1))

    threads = [threading.Thread(target=step) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read_text() == "200"


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), state.exclusive(tmp_path / "lock"):
        raise ValueError("inside")
    with state.exclusive(tmp_path / "lock"):
        pass
