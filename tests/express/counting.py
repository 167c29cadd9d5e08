"""A session that should compare the express lane with Python, and never did, has failed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.twin import COUNTED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of xdist has counted."""
    COUNTED.update(getattr(node, "workeroutput", {}).get("counted", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts on as a worker; judge them where all are known."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["counted"] = dict(COUNTED)
    elif vain(COUNTED) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def vain(counted: Counter[str]) -> bool:
    """Whether comparing was wanted, and nothing was compared."""
    return counted["wanted"] > 0 and counted["compared"] == 0


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how much was compared, so that a run that compares little is seen."""
    if COUNTED["wanted"]:
        terminalreporter.write_line(
            f"express lane: {COUNTED['compared']} comparisons, {COUNTED['taken']} of"
            f" {COUNTED['wanted']} messages taken by it"
        )
    if vain(COUNTED):
        terminalreporter.write_line("FAILED: nothing was compared with the express lane")
