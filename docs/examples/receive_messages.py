"""AF reads what FK has sent and the gateway has let through, until there is one message."""

import asyncio
import os

from gateway.sdk import AgencyClient
from schemas.keys import KeyRing


async def main() -> None:
    servers = os.environ.get("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:19092")
    async with (
        AgencyClient(servers, "af", KeyRing.published_test_keys()) as af,
        af.deliveries("af-example", ("consent",)) as deliveries,
    ):
        async for delivery in deliveries:
            # Store it by its message id: after a crash it may come once more.
            print(delivery.message_id, delivery.envelope["type"], delivery.ground)
            break


asyncio.run(main())
