"""FK tells the gateway that a (synthetic) person has consented today, and reads the answer."""

import asyncio
import os
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.sdk import AgencyClient
from schemas.keys import KeyRing


async def main() -> None:
    now = datetime.now(ZoneInfo("Europe/Stockholm"))
    today = now.date().isoformat()
    consent = {
        "person": {"personal_number": "198104129815"},
        "case_id": "S-1",
        "event_at": today,
        "purposes": [{"purpose": "information_exchange", "status": "given"}],
        "families": ["referral", "plan", "meeting", "sgi"],
        "parties": ["fk", "af"],
        "asked_by": "fk",
        "form": "digitalt",
        "valid_from": today,
    }
    # The file holds the exchange key that the agencies share; without one: the published test keys.
    file = os.environ.get("SAMVERKAN_KEYS_FILE")
    keys = KeyRing.load(file) if file else KeyRing.published_test_keys()
    servers = os.environ.get("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:19092")
    async with AgencyClient(servers, "fk", keys) as fk:
        # Your system's own lasting name of the message: sent again, it is answered again and does
        # nothing else.
        name = f"consent S-1 {now.isoformat()}"
        sent = await fk.send("consent.recorded", consent, time=now, name=name)
        receipt = await fk.receipt(sent)
    print(receipt.status, sent.message_id, *receipt.data.delivered_to)
    for reason in receipt.data.reasons:
        print(reason.code, reason.path, reason.text_sv)


asyncio.run(main())
