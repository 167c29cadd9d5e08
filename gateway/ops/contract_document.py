"""The AsyncAPI 3 document: every topic of the contract with the messages on it.

Made from `schemas` by a broker that never connects, so that the document cannot say anything the
code does not. It is sorted, because the order varies from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Union

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI
from pydantic import BaseModel, Field

from schemas.envelope import envelope_model
from schemas.followup_v1 import FollowupEvent
from schemas.notices_v1 import NOTICE_MODELS
from schemas.receipts_v1 import ReceiptEvent
from schemas.registry import CONTRACT_VERSION, REGISTRY
from schemas.topics import (
    AGENCIES,
    FAMILIES,
    FOLLOWUP,
    delivery_topic,
    notice_topic,
    receipts_topic,
)


def _any_of(models: Iterable[type[BaseModel]]) -> Any:
    """One of the models, told apart by `type`."""
    return Annotated[Union[tuple(models)], Field(discriminator="type")]  # noqa: UP007 - run time


def _envelopes(family: str) -> Any:
    return _any_of(envelope_model(kind) for kind in REGISTRY.values() if kind.family == family)


def contract_broker() -> KafkaBroker:
    """Inputs as subscribers, everything the gateway writes as publishers; never started."""
    broker = KafkaBroker("kafka:9092")
    for agency in AGENCIES:
        for family in FAMILIES:
            _subscribe(broker, f"{agency}.out.{family}", _envelopes(family))
            broker.publisher(delivery_topic(agency, family), schema=_envelopes(family))
        broker.publisher(receipts_topic(agency), schema=ReceiptEvent)
        broker.publisher(notice_topic(agency), schema=_any_of(NOTICE_MODELS))
    broker.publisher(FOLLOWUP, schema=FollowupEvent)
    return broker


def _subscribe(broker: KafkaBroker, topic: str, model: Any) -> None:
    async def decide(message: Any) -> None:
        """Answered with a receipt, delivered when it may be."""

    decide.__annotations__["message"] = model
    broker.subscriber(topic, title=topic)(decide)


def specification() -> AsyncAPI:
    """What FastStream makes of the broker."""
    return AsyncAPI(
        contract_broker(),
        title="samverkan-gateway",
        version=CONTRACT_VERSION,
        schema_version="3.0.0",
        description="Wire contract between Arbetsförmedlingen, Försäkringskassan and the gateway.",
    )


def document() -> dict[str, Any]:
    """The document as plain data, sorted."""
    plain: dict[str, Any] = specification().to_specification().to_jsonable()
    for section in ("channels", "operations"):
        plain[section] = dict(sorted(plain[section].items()))
    components = plain["components"]
    for section, parts in components.items():
        components[section] = dict(sorted(parts.items()))
    return plain
