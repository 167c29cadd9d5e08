"""Processes are started apart from us, recognised by their mark, and never mistaken."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.broker import guard, processes

MARK = "mark-of-this-test;"
SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[int]:
    pid = processes.spawn([sys.executable, "-c", SLEEP, MARK], tmp_path / "out")
    yield pid
    processes.kill(pid, MARK)


def test_a_process_is_alive_from_its_first_moment(tmp_path: Path) -> None:
    """Even before the kernel shows its command line."""
    for _ in range(20):
        pid = processes.spawn([sys.executable, "-c", SLEEP, MARK], tmp_path / "out")
        assert processes.is_alive(pid, MARK)
        processes.kill(pid, MARK)
        assert not processes.is_alive(pid, MARK)


def test_it_lives_in_its_own_session_without_our_pipes(sleeper: int) -> None:
    assert os.getsid(sleeper) == sleeper
    assert processes.is_alive(sleeper, MARK)
    if Path("/proc/self/fd").exists():
        held = {str(Path(f"/proc/{sleeper}/fd/{fd}").readlink()) for fd in (0, 1, 2)}
        assert not any(name.startswith("pipe:") for name in held), held


def test_an_inheritable_descriptor_is_closed(tmp_path: Path) -> None:
    """A pipe of whoever started us must not be held open by a broker."""
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    pid = processes.spawn([sys.executable, "-c", SLEEP, MARK], tmp_path / "out")
    os.close(writer)
    try:
        os.set_blocking(reader, False)
        assert os.read(reader, 1) == b"", "the other end is closed, so the end of file comes"
    finally:
        os.close(reader)
        processes.kill(pid, MARK)


def test_what_it_says_goes_to_the_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = "import sys; print('said'); print('warned', file=sys.stderr)"
    pid = processes.spawn([sys.executable, "-c", program, MARK], out)
    assert processes.wait_gone(pid, MARK, 10.0)
    assert sorted(out.read_text().split()) == ["said", "warned"]


def test_the_id_of_another_process_is_never_signalled(tmp_path: Path) -> None:
    """A stale id that the system gave to another program is left alone."""
    other = subprocess.Popen([sys.executable, "-c", SLEEP])
    try:
        assert not processes.is_alive(other.pid, MARK)
        processes.ask_to_end(other.pid, MARK)
        processes.kill(other.pid, MARK)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_an_ended_process_is_not_alive_and_not_a_zombie(sleeper: int) -> None:
    os.kill(sleeper, signal.SIGKILL)
    assert processes.wait_gone(sleeper, MARK, 5.0)
    with pytest.raises(ProcessLookupError):
        os.kill(sleeper, 0)


def test_no_id_is_not_alive() -> None:
    assert not processes.is_alive(None, MARK)


def test_waiting_has_a_limit(sleeper: int) -> None:
    assert not processes.wait_gone(sleeper, MARK, 0.05)


def test_without_proc_the_process_list_is_asked(
    sleeper: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("ps") is None:
        pytest.fail("this test needs ps, which every Unix has")
    monkeypatch.setattr(processes, "_PROC", Path("/nonexistent"))
    assert processes.is_alive(sleeper, MARK)
    assert not processes.is_alive(sleeper, "another mark")
    processes.kill(sleeper, MARK)
    assert not processes.is_alive(sleeper, MARK)


def test_the_guard_acts_when_its_owner_ends(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3)"])
    ended: list[Path] = []
    try:
        guard.watch(owner.pid, tmp_path, ended.append)
    finally:
        owner.wait()
    assert ended == [tmp_path]


def test_the_guard_leaves_when_there_is_nothing_to_guard(tmp_path: Path) -> None:
    ended: list[Path] = []
    guard.watch(os.getpid(), tmp_path / "gone", ended.append)
    assert ended == []
