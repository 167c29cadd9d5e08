"""Ends a short-lived broker whose owner died without doing so.

Rule: a killed test run must not leave a Kafka behind. The guard is a small process of its own that
looks twice a second whether the owner still lives, and does what the owner would have done.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from gateway.broker import processes

_POLL_S = 0.5
_PROGRAM = """\
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from gateway.broker.guard import watch
from gateway.broker.local import stop
watch(int(sys.argv[2]), Path(sys.argv[3]), lambda folder: stop(folder, remove=True))
"""


def mark(data_dir: Path) -> str:
    """What stands in the command line of exactly this folder's guard."""
    return f"samverkan-guard={data_dir};"


def spawn(owner_pid: int, data_dir: Path) -> int:
    """Start the guard of ``data_dir`` for the process ``owner_pid``; returns its process id."""
    packages = Path(__file__).resolve().parents[2]
    command = [
        sys.executable,
        "-c",
        _PROGRAM,
        str(packages),
        str(owner_pid),
        str(data_dir),
        mark(data_dir),
    ]
    return processes.spawn(command, data_dir / "logs" / "guard.out")


def watch(owner_pid: int, data_dir: Path, end: Callable[[Path], object]) -> None:
    """Return when the folder is gone; call ``end`` with it when the owner is gone.

    A process id used again counts as gone: its command line is another.
    """
    owner = processes.command_line(owner_pid)
    while owner and processes.command_line(owner_pid) == owner:
        if not data_dir.exists():
            return
        time.sleep(_POLL_S)
    end(data_dir)
