"""Adds up the results of several pytest runs: one line per run, then `N passed, 0 failed`.

Exit 1 when a test failed, when a run is missing, or when a run had no test at all.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def counted(report: Path) -> tuple[int, int, int]:
    """Passed, failed (or broken) and skipped tests of one JUnit report of pytest."""
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest's own file
    assert suite is not None, f"{report} is no report of pytest"
    tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return tests - failed - skipped, failed, skipped


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(reports: list[str]) -> int:
    """Print the sums; 0 when everything that there is to run has passed."""
    all_passed = all_failed = 0
    empty = False
    for name in reports:
        passed, failed, skipped = counted(Path(name))
        all_passed += passed
        all_failed += failed
        empty = empty or passed == 0
        more = f", {skipped} skipped" if skipped else ""
        _say(f"{Path(name).stem:>8}: {passed} passed, {failed} failed{more}")
    _say(f"{all_passed} passed, {all_failed} failed")
    return 1 if all_failed or empty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
