"""One gateway process under test: its own session, its output in files, dead when pytest is."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
GATEWAY: Final = (sys.executable, "-m", "consumers.gateway")
_PR_SET_PDEATHSIG: Final = 1


def patience() -> float:
    """How many times as long as on an idle machine a thing may take: who wants to run, by core.

    A limit is there to find what never comes. On a machine that others use too, what takes long is
    no fault yet; on an idle one this is 1.
    """
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def clean_environment() -> dict[str, str]:
    """The environment without any setting of ours."""
    return {name: text for name, text in os.environ.items() if not name.startswith("SAMVERKAN_")}


def run_to_end(
    command: Sequence[str], settings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What a command did and said that has only these settings, named without their prefix."""
    named = {f"SAMVERKAN_{name}": text for name, text in settings.items()}
    return subprocess.run(
        command,
        check=False,
        env=clean_environment() | named,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60 * patience(),
    )


def _die_with_parent() -> None:
    """Linux only; elsewhere a killed pytest may leave a gateway behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A process with SAMVERKAN_ settings; `name` is that of its output files."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], folder: Path, name: str
    ) -> None:
        self.name = name
        self.out_path = folder / f"{name}.out"
        self.err_path = folder / f"{name}.err"
        self._url: str | None = None
        settings = {f"SAMVERKAN_{setting}": text for setting, text in env.items()}
        with self.out_path.open("wb") as out, self.err_path.open("wb") as err:
            self._popen = subprocess.Popen(
                command,
                env=clean_environment() | settings,
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
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """Exit code, None while it runs; -9 after a kill."""
        return self._popen.poll()

    @property
    def running(self) -> bool:
        """Whether it has not ended, frozen or not."""
        return self.code is None

    def must_run(self) -> None:
        """Fail with what it said, if it has ended."""
        assert self.running, f"{self.name} ended with {self.code}: {self.said()}"

    # -- what it says

    def said(self) -> str:
        """Everything written on stdout and stderr."""
        return self.out_path.read_text(errors="replace") + self.err_path.read_text(errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Log lines of an event."""
        lines = self.err_path.read_text(errors="replace").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [line for line in found if line["event"] == name]

    def ask(self, path: str, timeout_s: float = 1.0) -> tuple[int, bytes] | None:
        """Status and body of an ops endpoint, None when nothing answers."""
        if self._url is None:
            lines = self.events("ops")
            if not lines:
                return None
            self._url = lines[0]["url"]
        try:
            with urllib.request.urlopen(self._url + path, timeout=timeout_s) as answer:  # noqa: S310 - our own
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.read()
        except (OSError, TimeoutError):
            return None

    def ready(self) -> dict[str, Any] | None:
        """What /ready says, None when nothing answers."""
        answer = self.ask("/ready")
        return None if answer is None else json.loads(answer[1])

    @property
    def partitions(self) -> list[int]:
        """What it says it owns; nothing while it does not answer."""
        found: list[int] = (self.ready() or {}).get("partitions", [])
        return found

    @property
    def caught_up(self) -> bool:
        """Whether it says that nothing is left to decide."""
        return bool((self.ready() or {}).get("caught_up"))

    # -- what is done to it

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.running:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """End it as an operator would."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word."""
        self.send_signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it stands."""
        self.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.send_signal(signal.SIGCONT)

    def wait(self, limit_s: float) -> int:
        """Its exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        return self._popen.wait(limit_s)

    def destroy(self) -> None:
        """Kill it and everything it started."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()
