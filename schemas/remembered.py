"""Remembering results for texts that come from outside: many short ones, and no long one.

A record may have a key, a header or a number of a megabyte. A cache that kept such texts would let
one sender fill the memory of a process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: Characters or bytes; ids, names and keys are shorter.
LENGTH_MAX: Final = 256


def remembered(entries: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function remember `entries` results, of first arguments of at most `LENGTH_MAX`.

    Args:
        entries: how many results; those that were not asked for longest are forgotten first.
    """

    def decorate(of: Callable[P, T]) -> Callable[P, T]:
        known = lru_cache(maxsize=entries)(of)

        @wraps(of)
        def found(*args: P.args, **kwargs: P.kwargs) -> T:
            first = args[0]
            if len(first) <= LENGTH_MAX:  # type: ignore[arg-type]  # a text, or bytes
                return known(*args, **kwargs)  # type: ignore[arg-type]  # all of them are hashable
            return of(*args, **kwargs)

        return found

    return decorate
