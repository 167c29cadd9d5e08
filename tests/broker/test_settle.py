"""A cluster that was cut off is settled before it serves; one that ended cleanly is not."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.broker import processes, settle
from gateway.broker.info import BrokerError

MARK = "mark-of-this-test;"


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ([], False),
        (["meta.properties"], False),
        (["meta.properties", "__cluster_metadata-0/"], True),
        (["meta.properties", "__cluster_metadata-0/", ".kafka_cleanshutdown"], False),
        (["__cluster_metadata-0/"], False),
    ],
    ids=["new", "formatted", "cut off", "ended cleanly", "half formatted"],
)
def test_kafkas_own_mark_tells_a_clean_end(
    tmp_path: Path, present: list[str], expected: bool
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in present:
        if name.endswith("/"):
            (data / name).mkdir()
        else:
            (data / name).touch()
    assert settle.was_cut_off(tmp_path) is expected


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[tuple[int, str]]:
    program = "import time; time.sleep(60)"
    pid = processes.spawn([sys.executable, "-c", program, MARK], tmp_path / "out")
    yield pid, MARK
    processes.kill(pid, MARK)


def test_settling_ends_when_every_node_is_fenced(
    tmp_path: Path, controller: tuple[int, str]
) -> None:
    """Whichever controller says so."""
    logs = [tmp_path / "1.log", tmp_path / "2.log"]
    logs[0].write_text("x\nFencing broker 1 at epoch 5 because\n")
    told = threading.Event()

    def tell() -> None:
        told.set()
        logs[1].write_text("Fencing broker 2 at epoch 6 because its session\n")

    later = threading.Timer(0.3, tell)
    later.start()
    settle._wait_expired([controller], logs)
    assert told.is_set()
    later.join()


def test_what_was_fenced_before_is_not_waited_for_forever(
    tmp_path: Path, controller: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that had expired before the cut is not fenced again."""
    monkeypatch.setattr(settle, "_EXPIRED_S", 0.2)
    log = tmp_path / "1.log"
    log.write_text("Performing controller activation.\n")
    settle._wait_expired([controller], [log])


def test_a_controller_that_ends_is_one_sentence(tmp_path: Path) -> None:
    pid = processes.spawn([sys.executable, "-c", "", MARK], tmp_path / "out")
    assert processes.wait_gone(pid, MARK, 10)
    with pytest.raises(BrokerError, match=r"cut off and cannot be recovered; see .*\.$"):
        settle._wait_expired([(pid, MARK)], [tmp_path / "1.log"])


def test_settling_waits_until_what_is_said_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three more writes to the metadata log, of whatever kind."""
    monkeypatch.setattr(settle, "_WRITTEN_LIMIT_S", 20.0)
    log = tmp_path / "__cluster_metadata-0" / "00000000000000000000.log"
    log.parent.mkdir()
    log.write_text("before")
    done = threading.Event()

    def write() -> None:
        for _ in range(3):
            time.sleep(0.2)
            assert not done.is_set()
            with log.open("a") as file:
                file.write("record")

    writer = threading.Thread(target=write)
    writer.start()
    settle._wait_written([tmp_path])
    done.set()
    writer.join()


def test_a_log_that_does_not_grow_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle, "_WRITTEN_LIMIT_S", 0.1)
    settle._wait_written([tmp_path])
