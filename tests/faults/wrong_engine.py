"""The usual tutorial, wrong on purpose: a transactional id per process instead of per task.

A frozen owner is then fenced by nobody. Run by the fault tests to show that their checker sees it
(decision 0001); everything else is the real gateway.
"""

from __future__ import annotations

import os
import sys

from aiokafka import AIOKafkaProducer

from consumers.gateway import run
from gateway.shell import engine
from gateway.shell.settings import Settings
from gateway.shell.transaction import task_producer


def producer_of_the_process(settings: Settings, partition: int) -> AIOKafkaProducer:
    """A producer that a new owner of the partition will not fence."""
    own = settings.model_copy(update={"group": f"{settings.group}-{os.getpid()}"})
    return task_producer(own, partition)


if __name__ == "__main__":
    engine.task_producer = producer_of_the_process
    sys.exit(run())
