"""A local real Kafka: given, in Docker, or from Maven Central jars."""

from gateway.broker.info import BrokerError, BrokerInfo
from gateway.broker.local import kill_node, local_kafka, restart_node, start, status, stop

__all__ = [
    "BrokerError",
    "BrokerInfo",
    "kill_node",
    "local_kafka",
    "restart_node",
    "start",
    "status",
    "stop",
]
