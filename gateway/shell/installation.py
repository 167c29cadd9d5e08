"""The fingerprint of an installation: keys, agreement and contract (decision 0029).

The task's own record in every partition of `gateway.state` has it, and the leader of the consumer
group sends it to each member. It has fingerprints of secrets, never a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

import msgspec

from gateway.domain.days import Instant
from gateway.shell.settings import RefusedError
from schemas.keys import KeyRing, fingerprint
from schemas.registry import CONTRACT_VERSION

#: The one key of `gateway.state` that is no person: the task's own stream time and audit chain.
TASK_KEY: Final = "task"
_NAME_DIGITS: Final = 8


class Fingerprint(msgspec.Struct, frozen=True, array_like=True):
    """Exchange keys and statistics key by fingerprint, agreement with hash, contract's version."""

    exchange_keys: dict[str, str]
    statistics_key: str
    agreement: str
    contract: str

    @property
    def name(self) -> str:
        """Eight hex digits for the whole, for `/ready`, logs and `SAMVERKAN_REPLACES`."""
        return sha256(msgspec.msgpack.encode(self)).hexdigest()[:_NAME_DIGITS]


class TaskState(msgspec.Struct, frozen=True, array_like=True):
    """What a task knows besides its persons; a release before 0029 wrote no fingerprint."""

    stream_time: Instant
    audit_count: int
    audit_previous: str
    installation: Fingerprint | None = None


def fingerprint_of(rules_version: str, keys: KeyRing) -> Fingerprint:
    """The fingerprint of a process with this agreement and these keys."""
    exchange = {name: fingerprint(key) for name, key in sorted(keys.exchange_keys.items())}
    # An agency that checks messages offline has none; a gateway does not start without one.
    statistics = next(map(fingerprint, keys.statistics_keys.values()), "")
    return Fingerprint(exchange, statistics, rules_version, CONTRACT_VERSION)


def differences(own: Fingerprint, found: Fingerprint) -> Iterator[str]:
    """Each part that differs, with what it is here and there."""
    for name in sorted(own.exchange_keys.keys() | found.exchange_keys.keys()):
        yield from _difference(f"exchange key {name}", *_pair(name, own, found))
    if own.statistics_key:
        yield from _difference("statistics key", own.statistics_key, found.statistics_key)
    yield from _difference("agreement", own.agreement, found.agreement)
    yield from _difference("contract version", own.contract, found.contract)


def _pair(name: str, own: Fingerprint, found: Fingerprint) -> tuple[str, str]:
    return own.exchange_keys.get(name, "none"), found.exchange_keys.get(name, "none")


def _difference(part: str, here: str, there: str) -> Iterator[str]:
    if here != there:
        yield f"{part} (here {here}, there {there})"


def may_replace(own: Fingerprint, found: Fingerprint) -> bool:
    """Whether a planned change may lead from one to the other.

    Agreement and contract may change. Exchange keys may be added and taken away, as long as one
    stays. A secret under the same id, and the statistics key, never change: every person would
    become another person.
    """
    common = own.exchange_keys.keys() & found.exchange_keys.keys()
    same_keys = _only(common, own.exchange_keys) == _only(common, found.exchange_keys)
    return bool(common) and same_keys and own.statistics_key == found.statistics_key


def _only(names: Iterable[str], keys: Mapping[str, str]) -> dict[str, str]:
    return {name: keys[name] for name in names}


def refuse_other(own: Fingerprint, recorded: Iterable[Fingerprint], replaces: str | None) -> None:
    """See whether a process belongs to the installation whose fingerprints are recorded.

    Args:
        own: the fingerprint of the process.
        recorded: those in `gateway.state`; none on a new installation.
        replaces: the name of the installation that this one replaces, as the operator says.

    Raises:
        RefusedError: one of them is of another installation.
    """
    for found in recorded:
        if found != own and not (found.name == replaces and may_replace(own, found)):
            raise RefusedError(
                f"This process does not belong to the installation {found.name} of gateway.state,"
                f" which has another {', another '.join(differences(own, found))}: correct"
                f" {_settings(own, found)}, or plan the change (runbook: installation)."
            )


def refuse_other_leader(own: Fingerprint, leader: Fingerprint | None) -> None:
    """See whether the leader of the group is of the same installation; None where it says nothing.

    Raises:
        RefusedError: it is of another, so both would decide at the same time.
    """
    if leader is not None and leader != own:
        raise RefusedError(
            f"The consumer group is led by a process of the installation {leader.name}, which has"
            f" another {', another '.join(differences(own, leader))}: correct"
            f" {_settings(own, leader)}, or stop every process before a planned change"
            " (runbook: installation)."
        )


def _settings(own: Fingerprint, found: Fingerprint) -> str:
    """What the operator has to look at."""
    keys = (own.exchange_keys, own.statistics_key) != (found.exchange_keys, found.statistics_key)
    wrong = {
        "SAMVERKAN_KEYS_FILE": keys,
        "SAMVERKAN_AGREEMENT": own.agreement != found.agreement,
        "the release": own.contract != found.contract,
    }
    return " and ".join(name for name, differs in wrong.items() if differs)
