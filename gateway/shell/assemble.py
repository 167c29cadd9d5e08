"""The fixed parts of a process, loaded and checked once; every fault is one sentence."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Final

from gateway.agreement import Agreement, AgreementError
from gateway.agreement import load as load_agreement
from gateway.shell.connection import security_of
from gateway.shell.installation import fingerprint_of, refuse_other
from gateway.shell.key_checks import faults_of_file, faults_of_keys
from gateway.shell.recorded import recorded
from gateway.shell.settings import Settings, UserError
from gateway.shell.settings import load as load_settings
from gateway.shell.telemetry import log, set_level
from gateway.shell.topics import checked_partitions
from schemas.keys import KeyRing

TEST_KEYS_WARNING: Final = (
    "The published test keys are used: fit for the local profile and synthetic persons only."
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What does not change while a process runs."""

    settings: Settings
    agreement: Agreement
    keys: KeyRing
    warnings: tuple[str, ...] = ()


def keys_for(settings: Settings) -> KeyRing:
    """The keys named in the settings; the published test keys only with the local profile.

    Raises:
        UserError: the file cannot be used, production has none, or its keys are unfit for it.
    """
    if settings.keys_file is None:
        if settings.profile == "production":
            raise UserError(
                "The production profile needs SAMVERKAN_KEYS_FILE: the published test keys would"
                " let anybody compute person keys."
            )
        return KeyRing.published_test_keys()
    try:
        keys = KeyRing.load(settings.keys_file)
    except ValueError as problem:
        raise UserError(f"SAMVERKAN_KEYS_FILE cannot be used: {problem}.") from None
    if settings.profile == "production":
        of_file = faults_of_file(settings.keys_file, "SAMVERKAN_KEYS_FILE")
        for text in chain(faults_of_keys(keys), of_file):
            raise UserError(text)
    return keys


def offline_keys(keys: KeyRing) -> KeyRing:
    """Keys for deciding offline: an agency has no statistics key, and facts go nowhere there."""
    if keys.statistics_keys:
        return keys
    stand_in = sha256(b"offline" + min(keys.exchange_keys.values())).digest()
    return KeyRing(keys.exchange_keys, {"offline": stand_in})


def with_statistics_key(fixed: Parts) -> Parts:
    """The same parts, once it is sure that follow-up facts can be made.

    Raises:
        UserError: the key file is an agency's.
    """
    if not fixed.keys.statistics_keys:
        raise UserError(
            "The gateway needs a statistics key, and SAMVERKAN_KEYS_FILE has none; name the"
            " installation's own key file (`samverkan keys new`), not an agency's."
        )
    return fixed


def parts() -> Parts:
    """Settings, agreement and keys.

    Raises:
        UserError: one of them is wrong.
    """
    settings = load_settings()
    set_level(settings.log_level)
    # What does not fit together is said now, not by the first client.
    security_of(settings)
    try:
        agreement = load_agreement(settings.agreement)
    except AgreementError as problem:
        raise UserError(str(problem)) from None
    warnings = () if settings.keys_file else (TEST_KEYS_WARNING,)
    return Parts(settings, agreement, keys_for(settings), warnings)


def check_installation(fixed: Parts, partitions: int) -> None:
    """See that keys, agreement and contract are those of the installation, before joining it.

    Raises:
        UserError: they are not, or no broker answers.
    """
    own = fingerprint_of(fixed.agreement.rules_version, fixed.keys)
    refuse_other(own, asyncio.run(recorded(fixed.settings, partitions)), fixed.settings.replaces)
    log("installation", name=own.name, rules_version=own.agreement, contract=own.contract)


def check_topics(settings: Settings) -> int:
    """The partition count of an installation whose topics are as they have to be.

    Raises:
        UserError: no broker answers, or a topic deviates.
    """
    partitions = asyncio.run(checked_partitions(settings))
    if settings.profile == "local":
        log("topics", text="local profile: replication 1 proves semantics, not durability")
    return partitions
