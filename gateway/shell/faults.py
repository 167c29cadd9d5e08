"""Crash-only: after any fault the process ends at once with exit code 70 (decision 0001).

No abort, no retry, no cleanup: the next owner of the partitions fences this one's producers, which
aborts what was open, and reads again from what was committed. 70 is EX_SOFTWARE; 3 would be taken
by uvicorn for a failed start.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from pathlib import Path
from typing import Final, NoReturn

from gateway.shell.settings import RefusedError
from gateway.shell.telemetry import log

EXIT_FAULT: Final = 70
#: Of a refusal: a supervisor does not try again, a person reads the sentence.
EXIT_REFUSED: Final = 1
#: What is known of errors that bring no text of their own or one that may quote a record, by the
#: name of their type: what happened, and the section of the runbook that is right for it.
KNOWN: Final = {
    "InvalidProducerIdMapping": (
        "the transactional id of a task has expired: this process has committed nothing of it for"
        " longer than the brokers' transactional.id.expiration.ms (runbook: transactional-id)"
    ),
    "ProducerFenced": (
        "another process has taken over a partition of this one (runbook: taken-over)"
    ),
    "TimeoutError": (
        "the brokers have not answered in time, a commit within SAMVERKAN_COMMIT_TIMEOUT_MS"
        " (runbook: brokers)"
    ),
    "KafkaConnectionError": "the brokers do not answer (runbook: brokers)",
    "NodeNotReadyError": "the brokers do not answer (runbook: brokers)",
    "RequestTimedOutError": "the brokers have not answered in time (runbook: brokers)",
    "TopicAuthorizationFailedError": "the brokers refuse a topic (runbook: rights)",
    "GroupAuthorizationFailedError": "the brokers refuse the group (runbook: rights)",
    "ClusterAuthorizationFailedError": "the brokers refuse a request (runbook: rights)",
    "TransactionalIdAuthorizationFailed": (
        "the brokers refuse the transactional ids (runbook: rights)"
    ),
    "UnknownVersionError": (
        "a state was written by a newer release: roll forward to it (runbook: general)"
    ),
}
_UNKNOWN: Final = "nothing more is known than type and place (runbook: general)"


class Fault(Exception):  # noqa: N818 - the house word for what stops a process
    """An invariant of the shell does not hold; the process cannot go on."""


class Refusal(Fault):
    """What is stored does not fit together; another start would find the same (exit 1)."""


def place(file: str, line: int | None, function: str) -> str:
    """A place in the code, without the folders of a machine."""
    return f"{Path(file).name}:{line} {function}"


def crash(where: str, problem: BaseException) -> NoReturn:
    """Log one line without payload and end the process.

    Of a foreign exception only type and places are logged: its text may quote a record. A refusal
    is the user's one sentence, and its exit code keeps a supervisor from trying again.
    """
    is_refusal = isinstance(problem, RefusedError)
    try:
        if is_refusal:
            print(problem, file=sys.stderr, flush=True)  # noqa: T201 - the user's one sentence
        else:
            _tell(where, problem)
    finally:
        # Whatever became of the telling: who reads the log may be gone, and the pipe with them.
        os._exit(EXIT_REFUSED if isinstance(problem, (Refusal, RefusedError)) else EXIT_FAULT)


def _tell(where: str, problem: BaseException) -> None:
    text = str(problem) if isinstance(problem, Fault) else explained(problem)
    places = [
        place(frame.filename, frame.lineno, frame.name)
        for frame in traceback.extract_tb((problem.__cause__ or problem).__traceback__)
    ]
    log(
        "fault",
        level="ERROR",
        where=where,
        problem=type(problem).__name__,
        text=text,
        places=places[-8:],
    )
    if isinstance(problem, Refusal):
        sys.stderr.write(f"The gateway does not go on: {text}.\n")
    sys.stderr.flush()


def explained(problem: BaseException) -> str:
    """What a foreign exception means, by its type or by that of what led to it."""
    found: BaseException | None = problem
    while found is not None:
        if type(found).__name__ in KNOWN:
            return KNOWN[type(found).__name__]
        found = found.__cause__ or found.__context__
    return _UNKNOWN


def ended(task: asyncio.Task[None]) -> None:
    """The done callback of a task that lasts as long as its process; taken off before its end.

    A watch that has ended sees nothing any more, and its silence would look like good news. Also
    one that seems to be cancelled: that may be a cancellation which a client has let out.
    """
    problem = asyncio.CancelledError() if task.cancelled() else task.exception()
    crash(task.get_name(), problem or Fault("it has ended (runbook: general)"))
