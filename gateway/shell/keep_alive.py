"""How long a task may commit nothing: the brokers forget a transactional id that is not used.

Kafka removes the id of a producer that has been idle for `transactional.id.expiration.ms` (7 days
unless set). The next commit is then refused and the process ends, although nothing was wrong. So a
task that has nothing to write commits its own state long before.
"""

from __future__ import annotations

from typing import Any, Final

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from gateway.shell.private_aiokafka import client_of
from gateway.shell.settings import Settings, UserError
from gateway.shell.topics import connect

#: Seconds between two commits of an idle task, where the brokers' limit is no shorter.
IDLE_S: Final = 600.0
_LIMIT: Final = "transactional.id.expiration.ms"
#: An id is used at least so often in its time.
_TIMES: Final = 3


async def idle_limit_s(settings: Settings) -> float:
    """Seconds after which an idle task commits.

    Who has no right to read a broker's settings gets the usual time: Kafka's own limit of 7 days
    is a thousand times longer.
    """
    try:
        admin = await connect(settings)
    except UserError:
        return IDLE_S
    try:
        node = str(client_of(admin).get_random_node())
        resource = ConfigResource(ConfigResourceType.BROKER, node)
        (answer,) = await admin.describe_configs([resource])
        return _shortest(answer.resources)
    except (KafkaError, OSError, TimeoutError):
        return IDLE_S
    finally:
        await admin.close()


def _shortest(resources: Any) -> float:
    for _code, _text, _kind, _name, entries in resources:
        for name, value, *_ in entries:
            if name == _LIMIT and value is not None:
                return min(IDLE_S, int(value) / 1000 / _TIMES)
    return IDLE_S
