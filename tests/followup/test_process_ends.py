"""A fault of the follow-up sink ends its process, whoever reads what it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.followup.process import EXIT_FAULT, EXIT_REFUSED

FAULTY = """
import sys
from gateway.followup.errors import FollowupError
from gateway.followup.process import _end_now
sys.stdin.read()
_end_now({problem})
"""


@pytest.mark.parametrize(
    ("problem", "code"),
    [("ValueError('a')", EXIT_FAULT), ("OSError('a')", EXIT_FAULT),
     ("FollowupError('a')", EXIT_REFUSED)],
)  # fmt: skip
@pytest.mark.parametrize("heard", [True, False])
def test_a_fault_has_its_exit_code_also_where_nobody_reads_its_log_any_more(
    problem: str, code: int, heard: bool
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FAULTY.format(problem=problem)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        if not heard:
            for pipe in (process.stdout, process.stderr):
                assert pipe is not None
                pipe.close()
        process.stdin.close()
        try:
            assert process.wait(20) == code
        finally:
            process.kill()
