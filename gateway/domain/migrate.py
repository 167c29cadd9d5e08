"""The stored form through the versions: one numbered pure step per version, only ever added.

A step takes the MessagePack array of version n as plain lists and gives that of version n + 1.
Golden files of every version stand in `tests/domain/golden`; they are never edited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from gateway.domain.state import STATE_VERSION, PersonState, decode

Step = Callable[[list[Any]], list[Any]]


def _with_pieces(values: list[Any]) -> list[Any]:
    """Version 2 may have pieces apart; what waits in version 1 stands in the state.

    Version 1 had facts to be told again only where there were any.
    """
    return [2, *values[1:], *([] for _ in range(7 - len(values)))]


#: STEPS[n] brings version n to version n + 1.
STEPS: Final[dict[int, Step]] = {1: _with_pieces}


class UnknownVersionError(Exception):
    """The stored state is of a version that this code does not know: roll forward, not back."""


def load(stored: bytes) -> PersonState:
    """The state behind a stored form of any known version.

    Raises:
        UnknownVersionError: the version is newer than this code, or older than its first step.
        msgspec.DecodeError: the bytes are no stored state.
    """
    # The version is the first element of the array: 0x9N or 0xdc.. header, then a small integer.
    if stored[1] == STATE_VERSION and stored[0] & 0xF0 == 0x90:
        return decode(stored)
    values: list[Any] = msgspec.msgpack.decode(stored)
    while values[0] != STATE_VERSION:
        step = STEPS.get(values[0])
        if step is None:
            raise UnknownVersionError(
                f"state of version {values[0]}, this code knows up to {STATE_VERSION}"
            )
        values = step(values)
    return decode(msgspec.msgpack.encode(values))
