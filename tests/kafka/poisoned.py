"""A gateway whose code cannot decide one type of message of one person; all else is the real one.

The person key and the type stand in variables of the environment.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from consumers.gateway import run
from gateway.domain.context import Tick
from gateway.shell import fold

PERSON = "POISONED_PERSON"
TYPE = "POISONED_TYPE"
_decide, _decide_kept = fold.decide, fold.decide_kept


def _cannot(message: Any, person_key: str) -> None:
    name = None if message is None else message.type.name
    if person_key == os.environ[PERSON] and name == os.environ[TYPE]:
        raise LookupError(f"fault of the code at {message.personal_number}")


def decide(state: Any, event: Any, context: Any) -> Any:
    """Raise for what cannot be decided."""
    if not isinstance(event, Tick):
        _cannot(event.message, context.person_key)
    return _decide(state, event, context)


def decide_kept(state: Any, line: Any, context: Any, *, ends: bool) -> Any:
    """The same for what an operator wants decided again."""
    for _, decoded in line:
        _cannot(decoded.message, context.person_key)
    return _decide_kept(state, line, context, ends=ends)


if __name__ == "__main__":
    fold.decide, fold.decide_kept = decide, decide_kept
    # The express lane would decide past the fault.
    os.environ["SAMVERKAN_EXPRESS"] = "off"
    sys.exit(run())
