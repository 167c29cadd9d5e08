"""Every test of the broker package decides for itself what is given and where things are kept."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker is named, and no Docker engine is asked unless a test provides one."""
    monkeypatch.delenv("SAMVERKAN_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setattr("gateway.broker.docker.engine_answers", lambda: False)
