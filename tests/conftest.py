"""For all tests: the session's broker on demand, and how hard Hypothesis tries.

`dev` looks for new examples each time and keeps what it found; `ci` (chosen by the variable CI, or
with --hypothesis-profile) takes the same examples every time, so that a red build is red again;
`long` is for the night.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.broker_fixture"]

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=200,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
