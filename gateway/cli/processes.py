"""Gateway and sink as child processes of a command: started, watched, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gateway.shell.settings import UserError

_STOP_SECONDS: Final = 20
_READY_SECONDS: Final = 60


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Child:
    """One process of the gateway, with its log file and its ops port."""

    def __init__(self, name: str, module: str, env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self.port = free_port()
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                env={**os.environ, **env, "SAMVERKAN_OPS_PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the command, which then stops its children in order.
                start_new_session=True,
            )

    def ask(self, path: str) -> str | None:
        """The answer of an ops endpoint, None while there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as reply:
                return str(reply.read().decode())
        except (OSError, urllib.error.URLError):
            return None

    def metric(self, name: str) -> float:
        """The value of a series (`name` or `name{label="x"}`), 0 while there is none."""
        for line in (self.ask("/metrics") or "").splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def check(self) -> None:
        """Raise when the process has ended.

        Raises:
            UserError: with the last line of its log.
        """
        code = self._process.poll()
        if code is not None:
            words = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            last = words[-1] if words else "it wrote nothing"
            raise UserError(f"The {self.name} process ended with {code}; see {self.log}: {last}")

    def wait_ready(self) -> None:
        """Wait until /ready answers.

        Raises:
            UserError: it ended, or took too long.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while self.ask("/ready") is None:
            self.check()
            if time.monotonic() > deadline:
                raise UserError(f"The {self.name} process is not ready after {_READY_SECONDS} s.")
            time.sleep(0.1)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL when that does not help; the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()


@contextlib.contextmanager
def children() -> Iterator[list[Child]]:
    """A list of processes that are all stopped at the end, whatever happens."""
    started: list[Child] = []
    try:
        yield started
    finally:
        for child in reversed(started):
            child.stop()
