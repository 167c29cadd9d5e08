"""Topics: declared, never auto-created; checked before anything starts (contract section 1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from gateway.agreement import Agreement
from gateway.domain.days import DAY_MS
from gateway.shell.connection import client_options, refused
from gateway.shell.settings import AwayError, Settings, UserError
from gateway.silence import is_away
from schemas.topics import ALL_TOPICS, COMMANDS, INPUT_TOPICS, STATE

DEFAULT_PARTITIONS: Final = 6
#: Kafka's word for a retention without end.
KEPT_FOR_EVER: Final = -1
_A_CENTURY_MS: Final = 36_525 * DAY_MS
_STATE_SEGMENT_BYTES: Final = 64 * 1024 * 1024
_LEADER_POLLS: Final = 300
#: Production keeps every record on three brokers, and two of them have it before it counts.
REPLICAS: Final = 3
#: The largest record of the gateway with its overhead (`transaction.BATCH_BYTES_MAX`).
_MESSAGE_BYTES: Final = 1_000_000
#: What is read must be there when a gateway comes back from whatever has happened to it.
_RETENTION_MIN_DAYS: Final = 7
#: What a task reads: the agencies' inputs, and what operators tell it, in one order of time.
READ_TOPICS: Final = (*INPUT_TOPICS, COMMANDS)
#: What a task may write.
WRITTEN_TOPICS: Final = tuple(topic for topic in ALL_TOPICS if topic not in READ_TOPICS)
Timestamps = Literal["create", "append"]
_TIMESTAMP_TYPE: Final = {"create": "CreateTime", "append": "LogAppendTime"}


async def connect(settings: Settings) -> AIOKafkaAdminClient:
    """A started admin client.

    Raises:
        AwayError: no broker answers.
        UserError: none lets this process in, or the addresses are no addresses.
    """
    admin = AIOKafkaAdminClient(
        **client_options(settings),
        client_id=f"{settings.group}-admin",
        request_timeout_ms=15_000,
    )
    try:
        await admin.start()
    except ValueError as problem:
        await admin.close()
        raise UserError(
            f"SAMVERKAN_BOOTSTRAP_SERVERS is {settings.bootstrap_servers!r}, which is no list of"
            f" host:port ({problem}); correct it."
        ) from None
    except (KafkaError, OSError) as problem:
        await admin.close()
        raise await refused(settings) or unanswered(settings, problem) from None
    return admin


def unanswered(settings: Settings, problem: Exception) -> UserError:
    """Away, or refused: the first is tried again by a supervisor, the second by nobody."""
    if not is_away(problem):
        return UserError(
            f"The brokers at {settings.bootstrap_servers} refuse what was asked of them"
            f" ({type(problem).__name__}); grant the rights that `samverkan topics rights` prints,"
            " or name other brokers in SAMVERKAN_BOOTSTRAP_SERVERS."
        )
    return AwayError(
        f"No Kafka answers at {settings.bootstrap_servers}; start one with"
        " `samverkan broker start` or name another in SAMVERKAN_BOOTSTRAP_SERVERS."
    )


@asynccontextmanager
async def _asking(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client; a broker that goes away meanwhile is the same sentence as one not there."""
    admin = await connect(settings)
    try:
        yield admin
    except (KafkaError, OSError, TimeoutError) as problem:
        raise unanswered(settings, problem) from None
    finally:
        await admin.close()


def declaration(topic: str, agreement: Agreement, timestamps: Timestamps) -> dict[str, str]:
    """The settings of a topic by its role: what keeps state compacted and messages long enough."""
    config = {"message.timestamp.type": _TIMESTAMP_TYPE[timestamps]}
    if timestamps == "create":
        # Years are replayed with their own timestamps, past and (in tests) future.
        config["message.timestamp.after.max.ms"] = str(2**63 - 1)
        config["message.timestamp.before.max.ms"] = str(2**63 - 1)
        # Kafka begins a segment per week of its records' own time, and a segment is five new files:
        # a year replayed in a minute would keep the broker busy with nothing else.
        config["segment.ms"] = str(_A_CENTURY_MS)
    if topic == STATE:
        # Only closed segments are compacted, and what is not compacted is read at every restore.
        return {**config, "cleanup.policy": "compact", "segment.bytes": str(_STATE_SEGMENT_BYTES)}
    family = topic.rpartition(".")[2]
    terms = agreement.families.get(family)
    # Replayed years would be deleted at once by a retention counted from their timestamps.
    days = -1 if timestamps == "create" or terms is None else terms.retention_days
    retention = -1 if days < 0 else days * DAY_MS
    return {**config, "cleanup.policy": "delete", "retention.ms": str(retention)}


async def create(
    settings: Settings, agreement: Agreement, partitions: int, timestamps: Timestamps
) -> list[str]:
    """Declare every topic that is not there; the names of those created.

    Raises:
        UserError: no broker answers, or the broker refuses.
    """
    replication = REPLICAS if settings.profile == "production" else 1
    async with _asking(settings) as admin:
        there = set(await admin.list_topics())
        wanted = [
            NewTopic(
                name=topic,
                num_partitions=partitions,
                replication_factor=replication,
                topic_configs={
                    **declaration(topic, agreement, timestamps),
                    "min.insync.replicas": "2" if replication == REPLICAS else "1",
                },
            )
            for topic in ALL_TOPICS
            if topic not in there
        ]
        if wanted:
            response = await admin.create_topics(wanted, timeout_ms=30_000)
            _raise_refusal(response)
            await _leaders(admin, [topic.name for topic in wanted])
    return [topic.name for topic in wanted]


async def _leaders(admin: AIOKafkaAdminClient, topics: list[str]) -> None:
    """Wait until every partition can be written: a broker answers before it has led them all."""
    for _ in range(_LEADER_POLLS):
        described = await admin.describe_topics(topics)
        partitions = [part for topic in described for part in topic["partitions"]]
        if all(part["leader"] >= 0 and part["error_code"] == 0 for part in partitions):
            return
        await asyncio.sleep(0.1)
    raise UserError("The broker created the topics but leads not all of them; look at its log.")


def _raise_refusal(response: Any) -> None:
    for name, code, *text in response.topic_errors:
        if code not in {0, 36}:  # 36: created by somebody else meanwhile
            reason = text[0] if text and text[0] else for_code(code).__name__
            raise UserError(f"The broker refused to create {name}: {reason}.")


async def _layout(admin: AIOKafkaAdminClient) -> dict[str, tuple[int, int]]:
    """Partition count and replication factor of every declared topic that exists."""
    there = set(await admin.list_topics()) & set(ALL_TOPICS)
    if not there:
        return {}
    return {
        item["topic"]: (
            len(item["partitions"]),
            min(len(partition["replicas"]) for partition in item["partitions"]),
        )
        for item in await admin.describe_topics(sorted(there))
    }


async def deviations(
    settings: Settings, agreement: Agreement | None = None
) -> tuple[list[str], int]:
    """Every way in which the topics differ from what the profile needs, and the partition count.

    With the agreement also every way in which they keep records otherwise than `create` declares.
    That does not stop a start: the brokers go on removing while no gateway runs.
    """
    async with _asking(settings) as admin:
        layout = await _layout(admin)
        counts = {topic: count for topic, (count, _) in layout.items()}
        found = [
            f"The topic {topic} is missing; create it with `samverkan topics create`."
            for topic in ALL_TOPICS
            if topic not in counts
        ]
        wanted = counts.get(INPUT_TOPICS[0], DEFAULT_PARTITIONS)
        found += [
            f"The topic {topic} has {count} partitions, but {INPUT_TOPICS[0]} has {wanted}; all"
            " must have the same: declare new topics and migrate, never add partitions in place."
            for topic, count in sorted(counts.items())
            if count != wanted
        ]
        if settings.profile == "production":
            found += [
                f"The topic {topic} has {replicas} replicas; production needs {REPLICAS}."
                for topic, (_, replicas) in sorted(layout.items())
                if replicas < REPLICAS
            ]
        if counts:
            configs = await _configs(admin, sorted(counts))
            found += _weak(configs, settings)
            if agreement is not None:
                found += kept_otherwise(configs, settings, agreement)
    return found, wanted


async def _configs(
    admin: AIOKafkaAdminClient, topics: list[str]
) -> Mapping[str, Mapping[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    configs: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for resource in response.resources:
            name, entries = resource[3], resource[4]
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs


async def retention_ms(settings: Settings, topic: str) -> int | None:
    """How long a topic is kept, in ms, -1 for ever; None where this process may not ask.

    Raises:
        UserError: no broker answers, or the broker refuses.
    """
    async with _asking(settings) as admin:
        kept = (await _configs(admin, [topic])).get(topic, {}).get("retention.ms")
    return None if kept is None else int(kept)


def _weak(configs: Mapping[str, Mapping[str, str]], settings: Settings) -> list[str]:
    """Settings of topics that would lose or hide something, one sentence each."""
    found: list[str] = []
    for topic, config in configs.items():
        policy = config.get("cleanup.policy", "")
        if topic == STATE and policy != "compact":
            found.append(f"The topic {topic} must have cleanup.policy=compact, not {policy}.")
        if topic != STATE and "compact" in policy:
            found.append(f"The topic {topic} must not be compacted; set cleanup.policy=delete.")
        if int(config.get("max.message.bytes", _MESSAGE_BYTES)) < _MESSAGE_BYTES:
            found.append(
                f"The topic {topic} takes no record of {_MESSAGE_BYTES} bytes; raise"
                " max.message.bytes to 1048588 or more."
            )
        if settings.profile == "production":
            found += _weak_in_production(topic, config)
    return found


def _weak_in_production(topic: str, config: Mapping[str, str]) -> Iterator[str]:
    if int(config.get("min.insync.replicas", "1")) < 2:
        yield f"The topic {topic} needs min.insync.replicas=2 in production."
    if config.get("unclean.leader.election.enable", "false") != "false":
        yield f"The topic {topic} needs unclean.leader.election.enable=false in production."
    if config.get("message.timestamp.type") != "LogAppendTime" and topic in (*READ_TOPICS, STATE):
        yield f"The topic {topic} needs message.timestamp.type=LogAppendTime in production."
    if topic == STATE:
        return
    if config.get("retention.bytes", "-1") != "-1":
        yield f"The topic {topic} must not be deleted by size; set retention.bytes=-1."
    if _is_too_short(topic, int(config.get("retention.ms", "-1"))):
        yield (
            f"The topic {topic} is kept for less than {_RETENTION_MIN_DAYS} days; raise"
            " retention.ms, or a gateway that is down over a weekend loses messages."
        )


def _is_too_short(topic: str, retention_ms: int) -> bool:
    """Whether what is read may be gone before it is."""
    return topic in READ_TOPICS and 0 <= retention_ms < _RETENTION_MIN_DAYS * DAY_MS


def kept_otherwise(
    configs: Mapping[str, Mapping[str, str]], settings: Settings, agreement: Agreement
) -> Iterator[str]:
    """Settings by which topics keep records for another time than declared, one sentence each."""
    for topic, config in configs.items():
        stamped = config.get("message.timestamp.type")
        production = settings.profile == "production"
        by_broker = production or stamped == "LogAppendTime"
        declared = declaration(topic, agreement, "append" if by_broker else "create")
        if topic == STATE:
            segment, wanted = config.get("segment.bytes"), declared["segment.bytes"]
            if segment is not None and int(segment) > int(wanted):
                yield (
                    f"The topic {topic} has segments of {segment} bytes, and only closed ones are"
                    f" compacted; set segment.bytes={wanted}."
                )
            continue
        if production and stamped != "LogAppendTime" and topic not in READ_TOPICS:
            yield (
                f"The topic {topic} counts its retention from the time that a sender has set; set"
                " message.timestamp.type=LogAppendTime."
            )
        if not production and config.get("retention.bytes", "-1") != "-1":
            yield f"The topic {topic} must not be deleted by size; set retention.bytes=-1."
        if config.get("cleanup.policy") in {"", "none"}:
            yield f"The topic {topic} is never cleaned up; set cleanup.policy=delete."
        retention, wanted_ms = int(config.get("retention.ms", "-1")), int(declared["retention.ms"])
        if retention != wanted_ms and not (production and _is_too_short(topic, retention)):
            yield (
                f"The topic {topic} is kept {_for_how_long(retention)}, but"
                f" {_why_kept(topic, wanted_ms)}; set retention.ms={wanted_ms}."
            )


def _for_how_long(milliseconds: int) -> str:
    if milliseconds < 0:
        return "for ever"
    days, rest = divmod(milliseconds, DAY_MS)
    return f"for {milliseconds} ms" if rest else f"for {days} days"


def _why_kept(topic: str, wanted_ms: int) -> str:
    if wanted_ms < 0:
        return "is declared to be kept for ever"
    family = topic.rpartition(".")[2]
    return f"the agreement says {wanted_ms // DAY_MS} (retention_days of {family})"


async def checked_partitions(settings: Settings) -> int:
    """The common partition count, once everything is as the profile needs it.

    Raises:
        UserError: the first deviation, and how many more there are.
    """
    found, partitions = await deviations(settings)
    if found:
        if len(found) == 1:
            raise UserError(found[0])
        raise UserError(
            f"{found[0].removesuffix('.')}, and {len(found) - 1} more: `samverkan topics check`"
            " prints them all."
        )
    return partitions
