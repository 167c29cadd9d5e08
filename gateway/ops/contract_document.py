"""The AsyncAPI 3 document: every topic of the contract with the messages on it.

Made from `schemas` by a broker that never connects, so that the document cannot say anything the
code does not. Channels are sorted, because their order varies from run to run.
"""

from __future__ import annotations

from typing import Any, Union

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from schemas.followup_v1 import FollowupEvent
from schemas.notices_v1 import NOTICE_MODELS
from schemas.receipts_v1 import ReceiptEvent
from schemas.registry import REGISTRY
from schemas.topics import (
    AGENCIES,
    FAMILIES,
    FOLLOWUP,
    delivery_topic,
    notice_topic,
    receipts_topic,
)


def _envelopes(family: str) -> Any:
    from schemas.envelope import envelope_model  # noqa: PLC0415

    models = [envelope_model(t) for t in REGISTRY.values() if t.family == family]
    return Union[tuple(models)]  # noqa: UP007 - made at run time


def contract_broker() -> KafkaBroker:
    """Inputs as subscribers, everything the gateway writes as publishers; never started."""
    broker = KafkaBroker("kafka:9092")
    for agency in AGENCIES:
        for family in FAMILIES:
            _subscribe(broker, f"{agency}.out.{family}", _envelopes(family))
            broker.publisher(delivery_topic(agency, family), schema=_envelopes(family))
        broker.publisher(receipts_topic(agency), schema=ReceiptEvent)
        broker.publisher(notice_topic(agency), schema=Union[tuple(NOTICE_MODELS)])
    broker.publisher(FOLLOWUP, schema=FollowupEvent)
    return broker


def _subscribe(broker: KafkaBroker, topic: str, model: Any) -> None:
    async def decide(message: Any) -> None:
        """Answered with a receipt, delivered when it may be."""

    decide.__annotations__["message"] = model
    broker.subscriber(topic)(decide)


def specification() -> AsyncAPI:
    """For the FastStream application of the gateway."""
    return AsyncAPI(
        contract_broker(),
        title="samverkan-gateway",
        version="1.0.0",
        schema_version="3.0.0",
        description="Wire contract between Arbetsförmedlingen, Försäkringskassan and the gateway.",
    )


def document() -> dict[str, Any]:
    """The document as plain data, sorted."""
    plain: dict[str, Any] = specification().to_specification().to_jsonable()
    for section in ("channels", "operations"):
        plain[section] = dict(sorted(plain[section].items()))
    return plain
