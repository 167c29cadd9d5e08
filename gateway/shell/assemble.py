"""The fixed parts of a process, loaded and checked once; every fault is one sentence."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from gateway.agreement import Agreement, AgreementError
from gateway.agreement import load as load_agreement
from gateway.shell.connection import security_of
from gateway.shell.installation import fingerprint_of, refuse_other
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
        UserError: the file cannot be used, or production has none.
    """
    if settings.keys_file is None:
        if settings.profile == "production":
            raise UserError(
                "The production profile needs SAMVERKAN_KEYS_FILE: the published test keys would"
                " let anybody compute person keys."
            )
        return KeyRing.published_test_keys()
    try:
        return KeyRing.load(settings.keys_file)
    except (OSError, ValueError) as problem:
        raise UserError(f"SAMVERKAN_KEYS_FILE cannot be used: {problem}.") from None


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
