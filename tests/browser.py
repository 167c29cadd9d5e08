"""A headless Chromium for the tests of the page: the machine's own, else one that is fetched.

Looked for in this order: the program named by SAMVERKAN_CHROMIUM, one on PATH, one that Playwright
has fetched before. With none of them Debian's is installed (as root) or Playwright fetches one.
`python tests/browser.py` does that before the tests, so that no test waits for a download. Where
none can be had it fails with one sentence: a page that nobody has looked at is not tested.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

VARIABLE = "SAMVERKAN_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_TIMEOUT_S = 900


class NoBrowserError(Exception):
    """There is no Chromium and none can be had; the text says what to do."""


def found() -> str | None:
    """The path of a Chromium on this machine."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        if not Path(named).is_file():
            raise NoBrowserError(
                f"{VARIABLE} names {named}, which is not there: correct or unset it."
            )
        return named
    on_path = next((path for name in NAMES if (path := shutil.which(name))), None)
    return on_path or _of_playwright()


def _of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def chromium() -> str:
    """The path of a Chromium; installs one where there is none.

    Raises:
        NoBrowserError: there is none and none can be installed.
    """
    path = found()
    for command in () if path else _ways():
        done = subprocess.run(command, capture_output=True, timeout=INSTALL_TIMEOUT_S, check=False)
        path = found() if done.returncode == 0 else None
        if path:
            break
    if path is None:
        raise NoBrowserError(
            "The tests of the report's page need Chromium, and none could be installed: install"
            f" one (for instance `apt-get install chromium`) or name one in {VARIABLE}."
        )
    return path


def _ways() -> list[list[str]]:
    """Commands that install one, the first that succeeds is enough."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = "apt-get update -qq; apt-get install -y -qq --no-install-recommends chromium"
        ways.insert(0, ["sh", "-c", install])
    return ways


if __name__ == "__main__":
    try:
        chromium()
    except NoBrowserError as problem:
        sys.exit(str(problem))
