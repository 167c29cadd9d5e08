"""AF reads what FK has sent and the gateway has let through, until there is one message."""

import asyncio
import os

from gateway.sdk import AgencyClient
from schemas.keys import KeyRing


async def main() -> None:
    # The file holds the exchange key that the agencies share; without one: the published test keys.
    file = os.environ.get("SAMVERKAN_KEYS_FILE")
    keys = KeyRing.load(file) if file else KeyRing.published_test_keys()
    servers = os.environ.get("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:19092")
    async with (
        AgencyClient(servers, "af", keys) as af,
        af.deliveries("af-example", ("consent",)) as deliveries,
    ):
        async for delivery in deliveries:
            # Store it by its message id: after a crash it may come once more.
            print(delivery.message_id, delivery.envelope["type"], delivery.ground)
            break


asyncio.run(main())
