"""Processes under measurement: started with a clean environment, watched, and never left behind."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_STOP_SECONDS: Final = 30
_PR_SET_PDEATHSIG: Final = 1
ROOT: Final = Path(__file__).parents[1]


class ChildError(Exception):
    """A measured process ended, or did not come as far as it should; the text says which."""


def _die_with_parent() -> None:
    """Linux only; elsewhere a killed benchmark may leave a process behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """One process; its standard output and its log lines (stderr) go to files of its name."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        program: str = sys.executable,
    ) -> None:
        """Start `python <arguments>`, or another program; `env` holds settings by full names."""
        self.name = name
        self._out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        clean = {key: text for key, text in os.environ.items() if not key.startswith("SAMVERKAN_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [program, *arguments],
                env=clean | dict(env),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - only a system call
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise when it has ended.

        Raises:
            ChildError: with the last line of its log.
        """
        code = self._process.poll()
        if code is not None:
            raise ChildError(f"{self.name} ended with {code}: {self._last_words()}")

    def _last_words(self) -> str:
        words = self._err.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return words[-1] if words else "it wrote nothing"

    def event(self, name: str) -> dict[str, Any] | None:
        """The last log line of an event, None when there is none."""
        found = None
        for line in self._err.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("{") and line.endswith("}"):
                entry: dict[str, Any] = json.loads(line)
                found = entry if entry.get("event") == name else found
        return found

    def wait_event(self, name: str, limit_s: float = 60.0) -> dict[str, Any]:
        """Wait for a log line of an event.

        Raises:
            ChildError: the process ended, or said nothing of it in time.
        """
        deadline = time.monotonic() + limit_s
        while (found := self.event(name)) is None:
            self.check()
            if time.monotonic() > deadline:
                raise ChildError(f"{self.name} did not come to '{name}' within {limit_s:.0f} s.")
            time.sleep(0.01)
        return found

    def ask(self, path: str) -> bytes:
        """The answer of an ops endpoint of a gateway process."""
        url = self.wait_event("ops")["url"]
        with urllib.request.urlopen(f"{url}{path}", timeout=10) as answer:  # noqa: S310 - our own
            return bytes(answer.read())

    def result(self, limit_s: float) -> dict[str, Any]:
        """Wait for a process that ends by itself; the JSON object that it printed last.

        Raises:
            ChildError: it failed, or took too long.
        """
        try:
            code = self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise ChildError(f"{self.name} was not done within {limit_s:.0f} s.") from None
        if code != 0:
            raise ChildError(f"{self.name} ended with {code}: {self._last_words()}")
        found: dict[str, Any] = json.loads(self._out.read_bytes().splitlines()[-1])
        return found

    def kill(self) -> float:
        """SIGKILL, as when a machine loses power; the wall time just before."""
        at = time.time()
        self._process.kill()
        self._process.wait()
        return at

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextlib.contextmanager
def children() -> Iterator[list[Child]]:
    """A list of processes that are all stopped at the end, whatever happens."""
    started: list[Child] = []
    try:
        yield started
    finally:
        for child in reversed(started):
            child.stop()
