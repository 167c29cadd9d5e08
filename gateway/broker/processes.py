"""Start, see and end node processes that outlive the command that started them.

Rules: a process is ours only if its command line carries our mark, so that a process id used
again by something else is never signalled; a node owns its session and inherits no pipe, so that
neither Ctrl-C nor a closed terminal ends it, and nobody waits for an output that never closes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_POLL_S = 0.02
_PROC = Path("/proc/self/cmdline")


def spawn(command: Sequence[str], output: Path) -> int:
    """Start ``command`` (absolute program first) in its own session; returns the process id.

    Standard input is empty, both outputs are appended to the file ``output``.
    """
    write = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), write, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *((os.POSIX_SPAWN_CLOSE, fd) for fd in _inheritable()),
    ]
    # Not subprocess.Popen: it warns when its object dies before the process, which is the point.
    return os.posix_spawn(
        command[0], list(command), dict(os.environ), file_actions=actions, setsid=True
    )


def _inheritable() -> list[int]:
    found = []
    for name in os.listdir("/dev/fd"):  # noqa: PTH208  a listing of numbers, not of paths
        with suppress(OSError):
            if int(name) > 2 and os.get_inheritable(int(name)):
                found.append(int(name))
    return found


def is_alive(pid: int | None, mark: str) -> bool:
    """Whether ``pid`` runs with ``mark`` in its command line; an ended one of ours is reaped."""
    if pid is None:
        return False
    while not (line := command_line(pid)):
        try:  # gone, ended and not yet reaped, or born so lately that it has no command line yet
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                return False
        except ChildProcessError:
            return False
        time.sleep(0.001)
    return mark in line


def command_line(pid: int) -> str:
    """The command line of a process, empty when it is gone or only waits to be reaped."""
    if _PROC.exists():
        try:
            return (
                Path(f"/proc/{pid}/cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
            )
        except OSError:
            return ""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    )
    return listed.stdout


def ask_to_end(pid: int, mark: str) -> None:
    """SIGTERM, if the process is ours and lives."""
    if is_alive(pid, mark):
        _signal(pid, signal.SIGTERM)


def kill(pid: int, mark: str) -> None:
    """SIGKILL; returns when the process is gone."""
    if is_alive(pid, mark):
        _signal(pid, signal.SIGKILL)
        wait_gone(pid, mark, 10.0)


def wait_gone(pid: int, mark: str, limit_s: float) -> bool:
    """Wait up to ``limit_s`` seconds; whether the process is gone."""
    deadline = time.monotonic() + limit_s
    while is_alive(pid, mark):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
