"""For all tests: the session's broker on demand, how hard Hypothesis tries, and who runs what.

`dev` looks for new examples each time and keeps what it found; `ci` (chosen by the variable CI, or
with --hypothesis-profile) takes the same examples every time, so that a red build is red again;
`long` is for the night.

With `-n 2 --dist loadgroup` files go to workers as a whole, and all that use the gateway's own
topics (mark `xdist_group("topics")`) to one worker: there is one set of them on the broker.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import coverage
import pytest
from hypothesis import HealthCheck, settings

from tests.comparable import COMPARE, switch_fingerprints_off

#: Coverage.py lets the processes that a test starts measure themselves by it.
_MEASURED = "COVERAGE_PROCESS_CONFIG"

pytest_plugins = ["tests.broker_fixture", "tests.express.counting"]

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# `make express-compare` alone sets this; the gateway does not read it.
if os.environ.get(COMPARE) == "1":
    switch_fingerprints_off()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Measure no coverage of what is marked `unmeasured`, nor in processes that it starts.

    A worker of xdist has two that measure, pytest-cov's and that of a started process; stopping the
    upper one lets the other go on.
    """
    if item.get_closest_marker("unmeasured") is None:
        return (yield)
    stopped: list[coverage.Coverage] = []
    while (measuring := coverage.Coverage.current()) is not None:
        measuring.stop()
        stopped.append(measuring)
    of_processes = os.environ.pop(_MEASURED, None)
    try:
        return (yield)
    finally:
        for measuring in reversed(stopped):
            measuring.start()
        if of_processes is not None:
            os.environ[_MEASURED] = of_processes


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who runs what; xdist 3.8 cannot put the group into the names of pytest 9.2's tests."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where it is installed

    class ByFileAndGroup(LoadScopeScheduling):  # type: ignore[misc]  # xdist asks for a subclass
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            text = Path(config.rootpath, file).read_text(encoding="utf-8")
            return "topics" if 'xdist_group("topics")' in text else file

    return ByFileAndGroup(config, log)
