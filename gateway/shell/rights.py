"""Who may do what on the brokers: the least that each party needs, as Kafka's ACLs.

The laws rest on it: nobody but the gateway writes what an agency is to believe, and no agency reads
what is not for it. The parties are the agencies, the gateway, the sink of the follow-up facts, the
operators with their commands, whoever audits, and whoever declares topics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Literal, assert_never

from gateway.shell.settings import Settings
from schemas.topics import (
    AGENCIES,
    AUDIT,
    COMMANDS,
    FOLLOWUP,
    QUARANTINE,
    RECEIPT_TOPICS,
    STATE,
    receipts_topic,
)

Resource = Literal["topic", "group", "transactional-id", "cluster"]
Party = Literal["fk", "af", "gateway", "followup", "operator", "auditor", "installer"]


@dataclass(frozen=True, slots=True)
class Right:
    """Operations, as Kafka spells them, on a resource or on all whose names begin so."""

    resource: Resource
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False


def rights_of(party: Party, settings: Settings) -> tuple[Right, ...]:
    """What a party needs, and nothing else; groups are those of the settings.

    Who may read or write may also describe: Kafka adds that by itself.
    """
    match party:
        case "fk" | "af":
            return (
                *_topics("Write", f"{party}.out.", prefixed=True),
                *_topics("Read", f"{party}.in.", prefixed=True),
                *_topics("Read", receipts_topic(party)),
                Right("group", f"{party}-", ("Read",), prefixed=True),
                # For a sender with transactions of its own.
                Right("transactional-id", f"{party}-", ("Write",), prefixed=True),
            )
        case "gateway":
            return (
                *_topics("Read DescribeConfigs", *_each("{}.out."), prefixed=True),
                *_topics("Write DescribeConfigs", *_each("{}.in."), prefixed=True),
                *_topics("Write DescribeConfigs", *RECEIPT_TOPICS, FOLLOWUP, QUARANTINE),
                *_topics("Read Write DescribeConfigs", STATE, AUDIT),
                *_topics("Read DescribeConfigs", COMMANDS),
                Right("group", settings.group, ("Read",)),
                Right("transactional-id", f"{settings.group}-", ("Write",), prefixed=True),
            )
        case "followup":
            return (
                *_topics("Read", FOLLOWUP),
                Right("group", settings.followup_group, ("Read",)),
            )
        case "operator":
            return (
                # Refused messages of a case are known from their receipts alone.
                *_topics("Read", STATE, QUARANTINE, *RECEIPT_TOPICS),
                *_topics("Read DescribeConfigs", AUDIT),
                *_topics("Write", COMMANDS),
            )
        case "auditor":
            # How long the audit is kept tells what time has removed from what somebody has.
            return (*_topics("Read DescribeConfigs", AUDIT), *_topics("Read", QUARANTINE))
        case "installer":
            names = (*_each("{}."), "followup.", "gateway.")
            return (
                Right("cluster", "kafka-cluster", ("Create",)),
                *_topics("Describe DescribeConfigs", *names, prefixed=True),
            )
        case _:
            assert_never(party)


def _topics(operations: str, *names: str, prefixed: bool = False) -> tuple[Right, ...]:
    return tuple(Right("topic", name, tuple(operations.split()), prefixed) for name in names)


def _each(form: str) -> tuple[str, ...]:
    return tuple(form.format(agency) for agency in AGENCIES)


def commands(party: Party, settings: Settings, principal: str) -> Iterator[str]:
    """Lines for a shell: Kafka's own tool gives a principal (`User:…`) a party's rights."""
    for right in rights_of(party, settings):
        named = "--cluster" if right.resource == "cluster" else f"--{right.resource} {right.name}"
        kind = " --resource-pattern-type prefixed" if right.prefixed else ""
        operations = "".join(f" --operation {operation}" for operation in right.operations)
        yield (
            f"kafka-acls.sh --bootstrap-server {quote(settings.bootstrap_servers)} --add"
            f" --allow-principal {quote(principal)}{operations} {named}{kind}"
        )
