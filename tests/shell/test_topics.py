"""How topics are declared, by their role (contract section 1); without a broker."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.errors import NodeNotReadyError

from gateway.shell import topics
from gateway.shell.settings import Settings, UserError
from gateway.shell.topics import _weak, declaration, kept_otherwise
from schemas.topics import ALL_TOPICS, DELIVERY_TOPICS, INPUT_TOPICS, NOTICE_TOPICS, STATE
from tests.dsl import AGREEMENT

DAY = 86_400_000
LOCAL = Settings(profile="local")
PRODUCTION = Settings(profile="production")


def test_there_are_thirty_three_topics():
    assert len(ALL_TOPICS) == len(set(ALL_TOPICS)) == 12 + 12 + 2 + 2 + 5


@pytest.mark.parametrize("topic", ALL_TOPICS)
@pytest.mark.parametrize("timestamps", ["create", "append"])
def test_only_the_state_is_compacted(topic: str, timestamps: str):
    config = declaration(topic, AGREEMENT, timestamps)  # type: ignore[arg-type]  # both in turn
    assert config["cleanup.policy"] == ("compact" if topic == STATE else "delete")
    assert config["message.timestamp.type"] == (
        "CreateTime" if timestamps == "create" else "LogAppendTime"
    )


@pytest.mark.parametrize("topic", [*INPUT_TOPICS, *DELIVERY_TOPICS])
def test_messages_are_kept_as_long_as_the_agreement_says_of_their_family(topic: str):
    family = topic.rpartition(".")[2]
    days = AGREEMENT.families[family].retention_days
    assert declaration(topic, AGREEMENT, "append")["retention.ms"] == str(days * DAY)


@pytest.mark.parametrize(
    "topic", [*NOTICE_TOPICS, "gateway.audit", "fk.receipts", "followup.events"]
)
def test_what_is_of_no_family_is_kept_for_good(topic: str):
    assert declaration(topic, AGREEMENT, "append")["retention.ms"] == "-1"


@pytest.mark.parametrize("topic", sorted(set(ALL_TOPICS) - {STATE}))
def test_where_years_are_replayed_nothing_is_deleted_by_its_old_timestamp(topic: str):
    config = declaration(topic, AGREEMENT, "create")
    assert config["retention.ms"] == "-1"
    assert int(config["message.timestamp.before.max.ms"]) > 10**15


@pytest.mark.parametrize("topic", ALL_TOPICS)
def test_a_year_replayed_in_a_minute_does_not_begin_a_segment_for_each_of_its_weeks(topic: str):
    assert int(declaration(topic, AGREEMENT, "create")["segment.ms"]) > 50 * 365 * DAY
    assert "segment.ms" not in declaration(topic, AGREEMENT, "append")


def test_the_state_closes_segments_often_enough_to_be_compacted():
    for timestamps in ("create", "append"):
        assert int(declaration(STATE, AGREEMENT, timestamps)["segment.bytes"]) <= 2**26


def good(topic: str) -> dict[str, str]:
    return {**declaration(topic, AGREEMENT, "append"), "min.insync.replicas": "2"}


def test_what_is_declared_for_production_is_strong_enough_for_it():
    assert _weak({topic: good(topic) for topic in ALL_TOPICS}, PRODUCTION) == []


@pytest.mark.parametrize(
    ("topic", "change", "local", "production"),
    [
        (STATE, {"cleanup.policy": "delete"}, 1, 1),
        ("fk.out.plan", {"cleanup.policy": "compact,delete"}, 1, 1),
        ("fk.out.plan", {"min.insync.replicas": "1"}, 0, 1),
        ("fk.out.plan", {"message.timestamp.type": "CreateTime"}, 0, 1),
        ("fk.in.plan", {"message.timestamp.type": "CreateTime"}, 0, 0),
        ("gateway.commands", {"message.timestamp.type": "CreateTime"}, 0, 1),
        ("fk.in.plan", {"unclean.leader.election.enable": "true"}, 0, 1),
        ("fk.out.plan", {"unclean.leader.election.enable": "false"}, 0, 0),
        (STATE, {"unclean.leader.election.enable": "true"}, 0, 1),
        ("fk.out.plan", {"retention.ms": str(7 * DAY - 1)}, 0, 1),
        ("fk.out.plan", {"retention.ms": str(7 * DAY)}, 0, 0),
        ("fk.out.plan", {"retention.ms": "-1"}, 0, 0),
        ("gateway.commands", {"retention.ms": "0"}, 0, 1),
        ("fk.in.plan", {"retention.ms": "0"}, 0, 0),
        ("fk.in.plan", {"retention.bytes": "1000000"}, 0, 1),
        (STATE, {"retention.bytes": "1000000", "retention.ms": "0"}, 0, 0),
        ("fk.in.plan", {"max.message.bytes": "999999"}, 1, 1),
        (STATE, {"max.message.bytes": "1000000"}, 0, 0),
    ],
)
def test_what_is_weaker_than_the_profile_is_told(
    topic: str, change: dict[str, str], local: int, production: int
):
    configs = {topic: {**good(topic), **change}}
    assert len(_weak(configs, LOCAL)) == local
    found = _weak(configs, PRODUCTION)
    assert len(found) == production
    assert all(topic in sentence for sentence in found)


@pytest.mark.parametrize("settings", [LOCAL, PRODUCTION])
@pytest.mark.parametrize("timestamps", ["create", "append"])
def test_what_is_declared_keeps_records_as_declared(settings: Settings, timestamps: str):
    configs = {topic: declaration(topic, AGREEMENT, timestamps) for topic in ALL_TOPICS}  # type: ignore[arg-type]  # both in turn
    if settings is LOCAL or timestamps == "append":
        assert list(kept_otherwise(configs, settings, AGREEMENT)) == []


@pytest.mark.parametrize("settings", [LOCAL, PRODUCTION])
@pytest.mark.parametrize("topic", sorted(set(ALL_TOPICS) - {STATE}))
def test_every_topic_that_is_kept_for_another_time_is_told_once(settings: Settings, topic: str):
    """Shorter loses what may be asked for; longer keeps persons' data against the agreement."""
    days = int(good(topic)["retention.ms"]) // DAY
    wrong = {8 * DAY, 4000 * DAY, 90 * DAY + 1, -1} - {days * DAY if days > 0 else -1}
    for retention in wrong:
        config = {**good(topic), "retention.ms": str(retention)}
        (told,) = kept_otherwise({topic: config}, settings, AGREEMENT)
        assert told.startswith(f"The topic {topic} is kept for ")
        assert told.endswith(f"; set retention.ms={good(topic)['retention.ms']}.")
        assert _weak({topic: config}, settings) == []


def test_the_sentence_says_where_the_right_time_stands():
    plan = {"fk.in.plan": {**good("fk.in.plan"), "retention.ms": str(30 * DAY)}}
    audit = {"gateway.audit": {**good("gateway.audit"), "retention.ms": str(30 * DAY)}}
    (told,) = kept_otherwise(plan, LOCAL, AGREEMENT)
    assert "is kept for 30 days, but the agreement says 90 (retention_days of plan)" in told
    (told,) = kept_otherwise(audit, LOCAL, AGREEMENT)
    assert "is kept for 30 days, but is declared to be kept for ever" in told


@pytest.mark.parametrize(
    ("topic", "change", "local", "production"),
    [
        # Too short for what is read is told once, as what stops a start.
        ("fk.out.plan", {"retention.ms": "0"}, 1, 0),
        ("gateway.commands", {"retention.ms": "0"}, 1, 0),
        ("gateway.audit", {"retention.bytes": "1000000"}, 1, 0),
        ("gateway.audit", {"cleanup.policy": ""}, 1, 1),
        # By the sender's time nothing is deleted; in production nobody but the broker sets it.
        ("gateway.audit", {"message.timestamp.type": "CreateTime"}, 0, 1),
        ("fk.in.plan", {"message.timestamp.type": "CreateTime"}, 1, 1),
        (STATE, {"segment.bytes": str(2**30)}, 1, 1),
        (STATE, {"segment.bytes": str(2**20), "retention.ms": "0"}, 0, 0),
    ],
)
def test_what_else_changes_for_how_long_records_are_kept_is_told(
    topic: str, change: dict[str, str], local: int, production: int
):
    configs = {topic: {**good(topic), **change}}
    assert len(list(kept_otherwise(configs, LOCAL, AGREEMENT))) == local
    assert len(list(kept_otherwise(configs, PRODUCTION, AGREEMENT))) == production


@pytest.mark.parametrize("problem", [NodeNotReadyError(), OSError(), TimeoutError()])
@pytest.mark.parametrize("ask", ["deviations", "create"])
async def test_a_broker_that_goes_away_while_it_is_asked_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, ask: str
):
    closed = []

    class Admin:
        async def list_topics(self) -> list[str]:
            raise problem

        async def close(self) -> None:
            closed.append(True)

    async def connected(_: Settings) -> Any:
        return Admin()

    monkeypatch.setattr(topics, "connect", connected)
    asked = (
        topics.create(LOCAL, AGREEMENT, 6, "create")
        if ask == "create"
        else topics.deviations(LOCAL)
    )
    with pytest.raises(UserError, match="No Kafka answers at"):
        await asked
    assert closed == [True]
