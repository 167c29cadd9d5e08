"""The CloudEvents envelope of messages to the gateway (contract section 2).

One closed set of attributes; what is not among them is refused by name. The envelope of each
message type is generated from the registry, so that one pass over the bytes checks envelope and
body together.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, create_model

from schemas import codes
from schemas.common_v1 import CaseData
from schemas.fields import DateTime, Id, PersonKey, Uuid
from schemas.registry import REGISTRY, MessageType
from schemas.topics import AGENCIES

SYSTEMS: Final = codes.values(codes.System)
SOURCES: Final = {
    f"urn:samverkan:{agency}:{system}": (agency, system)
    for agency in AGENCIES
    for system in SYSTEMS
}
"""Every source that may send -> (agency, system)."""
SOURCE_PATTERN: Final = f"^urn:samverkan:(?:fk|af):(?:{'|'.join(SYSTEMS)})$"
TRACEPARENT_PATTERN: Final = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
KEY_ID_PATTERN: Final = "^[A-Za-z0-9._-]{1,32}$"


class Envelope(BaseModel):
    """The attributes of a CloudEvent to the gateway; `type` and `data` differ per subclass."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )

    specversion: Literal["1.0"]
    id: Uuid
    source: Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]
    type: str
    subject: Id | None = None
    time: DateTime
    datacontenttype: Literal["application/json"]
    partitionkey: PersonKey
    keyid: Annotated[str, StringConstraints(pattern=KEY_ID_PATTERN)] = "k1"
    expirytime: DateTime | None = None
    correlationid: Uuid | None = None
    causationid: Uuid | None = None
    traceparent: Annotated[
        str | None, StringConstraints(pattern=TRACEPARENT_PATTERN, max_length=256)
    ] = None
    tracestate: Annotated[str | None, StringConstraints(max_length=512)] = None
    dataschema: Annotated[str | None, StringConstraints(min_length=1, max_length=512)] = None
    data: Any = Field(repr=False)


def _envelope_of(ce_type: str, data: type[BaseModel]) -> type[Envelope]:
    about_a_person = issubclass(data, CaseData)
    fields: dict[str, Any] = {
        "subject": (Id, ...) if about_a_person else (None, None),
        "type": (Literal[ce_type], ...),
        "data": (data, Field(repr=False)),
    }
    return create_model(f"EnvelopeOf{data.__name__}", __base__=Envelope, **fields)


ENVELOPES: Final[dict[str, type[Envelope]]] = {
    ce_type: _envelope_of(ce_type, row.model) for ce_type, row in REGISTRY.items()
}
"""CloudEvents type -> the whole message as one model."""


def envelope_model(message_type: MessageType) -> type[Envelope]:
    """Return the model of a whole message of this type, envelope and body."""
    return ENVELOPES[message_type.ce_type]


_ALL: Final[Any] = tuple(ENVELOPES.values())
_UNION: Final[Any] = Annotated[Union[_ALL], Field(discriminator="type")]  # noqa: UP007  # run time
ANY_MESSAGE: Final[TypeAdapter[Any]] = TypeAdapter(_UNION)
"""Bytes -> envelope and body of any registered type, in one pass."""
