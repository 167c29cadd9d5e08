"""Compare the compiled express lane with the present Python, and record it when all is equal.

`make express-compare` runs this between two compilations. It is the only way to write
`express/twins.json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from gateway.express import twins
from tests.comparable import COMPARE

#: These say whether the record is fresh, which it is only afterwards.
_FRESHNESS: Final = (
    "test_the_lane_was_compared_with_the_present_source",
    "test_it_is_a_program",
)
TESTS: Final = (
    sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:randomly",
    "tests/express", "tests/domain",
    *(f"--deselect=tests/express/test_twins.py::{name}" for name in _FRESHNESS),
)  # fmt: skip


def compare(command: Sequence[str] = TESTS) -> int:
    """Run the comparing tests with the fingerprints switched off; record only if all pass.

    What is recorded is what was there before the tests began.

    Returns:
        The exit code of the tests, or 1 when the Python changed while they ran.
    """
    before = twins.fingerprints()
    env = {**os.environ, COMPARE: "1"}
    code = subprocess.run(command, cwd=twins.ROOT, env=env, check=False).returncode
    if code != 0:
        sys.stderr.write("Python and the express lane were not shown to be equal: not recorded.\n")
        return code
    if twins.changed(before):
        sys.stderr.write("The Python changed during the comparison: not recorded; run it again.\n")
        return 1
    text = json.dumps(before, indent=2, sort_keys=True)
    twins.RECORDED.write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(compare())
