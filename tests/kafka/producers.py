"""A gateway that logs every Kafka producer made in its process; all else is the real one."""

from __future__ import annotations

import sys
from typing import Any

from aiokafka import AIOKafkaProducer

from consumers.gateway import run
from gateway.shell.telemetry import log

_init = AIOKafkaProducer.__init__


def init(self: AIOKafkaProducer, *args: Any, **options: Any) -> None:
    """Make a producer, and tell whose it is."""
    log("producer", client=options.get("client_id"), transactional=options.get("transactional_id"))
    _init(self, *args, **options)


if __name__ == "__main__":
    AIOKafkaProducer.__init__ = init
    sys.exit(run())
