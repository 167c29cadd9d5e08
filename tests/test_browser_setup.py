"""Without a Chromium the tests of the page fail with one sentence that says what to do."""

from __future__ import annotations

import pytest

from tests import browser


def test_none_to_be_had_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never skipped: nobody has looked at the page then."""
    monkeypatch.setattr(browser, "found", lambda: None)
    monkeypatch.setattr(browser, "_ways", lambda: [["false"]])
    with pytest.raises(browser.NoBrowserError, match=r"need Chromium.*SAMVERKAN_CHROMIUM\.$"):
        browser.chromium()


def test_a_wrong_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is no wish: what it names has to be there."""
    monkeypatch.setenv(browser.VARIABLE, "no-such-program")
    with pytest.raises(browser.NoBrowserError, match="names no-such-program, which is not there"):
        browser.chromium()
