"""The settings file of a node says what the tests and the contract rely on."""

from __future__ import annotations

import pytest

from gateway.broker.info import BrokerError, Cluster, Node
from gateway.broker.settings import (
    checked_extra,
    controller_settings,
    node_settings,
    properties_text,
)


def cluster(nodes: int, **extra: str) -> Cluster:
    return Cluster(
        kind="jars",
        cluster_id="MkU3OEVBNTcwNTJENDM2Qk",
        nodes=tuple(Node(i + 1, 19092 + i, 19102 + i) for i in range(nodes)),
        heap="512m",
        quick=True,
        extra=checked_extra({name.replace("_", "."): value for name, value in extra.items()}),
    )


def test_one_node_replicates_nothing() -> None:
    one = cluster(1)
    settings = node_settings(one, one.nodes[0], "/data")
    for name in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        assert settings[f"{name}.replication.factor"] == "1"
    assert settings["transaction.state.log.min.isr"] == "1"
    assert settings["min.insync.replicas"] == "1"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:19102"


def test_three_nodes_keep_three_copies_and_need_two() -> None:
    three = cluster(3)
    settings = node_settings(three, three.nodes[1], "/data")
    for name in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        assert settings[f"{name}.replication.factor"] == "3"
    assert settings["transaction.state.log.min.isr"] == "2"
    assert settings["min.insync.replicas"] == settings["share.coordinator.state.topic.min.isr"]
    assert settings["node.id"] == "2"
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:19093,CONTROLLER://127.0.0.1:19103"
    assert settings["controller.quorum.voters"] == (
        "1@127.0.0.1:19102,2@127.0.0.1:19103,3@127.0.0.1:19104"
    )


@pytest.mark.parametrize("nodes", [1, 3])
def test_tests_need_not_wait_and_topics_are_never_made_by_accident(nodes: int) -> None:
    many = cluster(nodes)
    settings = node_settings(many, many.nodes[0], "/data")
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["group.initial.rebalance.delay.ms"] == "0"
    assert settings["group.min.session.timeout.ms"] == "500"
    assert settings["unclean.leader.election.enable"] == "false"
    assert "message.max.bytes" not in settings, "Kafka's default is part of what is tested"


def test_a_node_of_three_is_missed_soon_and_a_single_one_late() -> None:
    """Its partitions can move; a single node's cannot, and a busy machine must not cost them."""
    sessions = [node_settings(cluster(n), cluster(n).nodes[0], "/data") for n in (1, 3)]
    assert [told["broker.session.timeout.ms"] for told in sessions] == ["9000", "2000"]


def test_a_settling_node_serves_no_client() -> None:
    three = cluster(3)
    settings = controller_settings(three, three.nodes[1], "/data")
    assert settings["process.roles"] == "controller"
    assert settings["listeners"] == "CONTROLLER://127.0.0.1:19103"
    whole = node_settings(three, three.nodes[1], "/data")
    for name in ("node.id", "controller.quorum.voters", "log.dirs"):
        assert settings[name] == whole[name]


def test_every_address_is_the_loopback_address() -> None:
    three = cluster(3)
    for node in three.nodes:
        settings = node_settings(three, node, "/data")
        for name in ("listeners", "advertised.listeners"):
            assert all("://127.0.0.1:" in part for part in settings[name].split(","))


def test_the_callers_own_settings_win() -> None:
    own = cluster(1, message_max_bytes="4194304", broker_session_timeout_ms="9000")
    settings = node_settings(own, own.nodes[0], "/data")
    assert settings["message.max.bytes"] == "4194304"
    assert settings["broker.session.timeout.ms"] == "9000"


@pytest.mark.parametrize(
    "bad", [{"a b": "1"}, {"": "1"}, {"a=b": "1"}, {"Log.Dirs": "x"}, {"a": "1\nb=2"}]
)
def test_a_setting_that_would_break_the_file_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(BrokerError, match=r"^Broker setting .*\.$"):
        checked_extra(bad)


def test_the_order_of_own_settings_does_not_matter() -> None:
    assert checked_extra({"b": "2", "a": "1"}) == checked_extra({"a": "1", "b": "2"})
    assert checked_extra(None) == ()


def test_a_properties_file_keeps_backslashes() -> None:
    assert properties_text({"log.dirs": "/a b/c\\d", "x": ""}) == "log.dirs=/a b/c\\\\d\nx=\n"
