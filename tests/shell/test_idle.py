"""When a member of a group may take it that nobody holds what it does not read."""

from __future__ import annotations

import pytest

from gateway.idle import nobody_is_missing


@pytest.mark.parametrize("held", range(6))
def test_who_has_only_a_share_waits_until_a_dead_member_would_have_been_given_up(held: int) -> None:
    assert not nobody_is_missing(held, 6, held_for_s=0.0, session_timeout_ms=2_000)
    assert not nobody_is_missing(held, 6, held_for_s=3.9, session_timeout_ms=2_000)
    assert nobody_is_missing(held, 6, held_for_s=4.0, session_timeout_ms=2_000)


def test_who_has_all_waits_for_nobody() -> None:
    assert nobody_is_missing(6, 6, held_for_s=0.0, session_timeout_ms=2_000)
