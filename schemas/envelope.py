"""The CloudEvents envelope of messages to the gateway (contract section 2).

The contract's own attributes each have their form. Extension attributes that it does not name are
tolerated as CloudEvents demands, if their name and text have the form of one; they are delivered
and mean nothing here. A name that would give the event a second meaning is reserved. The envelope
of each message type is generated from the registry, so that one pass over the bytes checks envelope
and body together.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
    create_model,
)
from pydantic_core import PydanticCustomError

from schemas import codes, media
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
EXTENSION_PATTERN: Final = "^[a-z0-9]{1,20}$"
EXTENSION_TEXT_PATTERN: Final = "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
EXTENSION_LENGTH_MAX: Final = 512
RESERVED: Final = ("datacontentencoding", "dataref")
"""They say that the data are coded in another way, or stand elsewhere."""
_EXTENSION: Final = re.compile(EXTENSION_PATTERN)
MEDIA_TYPE_ERRORS: Final = {
    "not_in_code_list": "media_type_other",
    "other_charset": "media_type_charset",
}
"""Detail of what is wrong with a media type -> error type."""


def is_extension(name: str) -> bool:
    """Return whether a name is that of an extension attribute which may be used."""
    return _EXTENSION.fullmatch(name) is not None and name not in RESERVED


def _json(said: str | None) -> str:
    """Return the content type of data as it was said, if it is the only one that there is."""
    if said is None or said == media.JSON:
        return media.JSON
    detail = media.problem_of(said, (media.JSON,))
    if detail is not None:
        error: Any = MEDIA_TYPE_ERRORS[detail]
        raise PydanticCustomError(error, "see the contract")
    return said


_JSON_SCHEMA: Final = {
    "anyOf": [{"type": "string", "pattern": media.JSON_PATTERN}, {"type": "null"}],
    "default": media.JSON,
}


class Envelope(BaseModel):
    """The attributes of a CloudEvent to the gateway; `type` and `data` differ per subclass."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="allow",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        json_schema_extra={
            "propertyNames": {"pattern": EXTENSION_PATTERN, "not": {"enum": list(RESERVED)}}
        },
    )
    __pydantic_extra__: dict[
        str,
        Annotated[
            str | None,
            StringConstraints(max_length=EXTENSION_LENGTH_MAX, pattern=EXTENSION_TEXT_PATTERN),
        ],
    ]

    specversion: Literal["1.0"]
    id: Uuid
    source: Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]
    type: str
    subject: Id | None = None
    time: DateTime
    datacontenttype: Annotated[str | None, AfterValidator(_json), WithJsonSchema(_JSON_SCHEMA)] = (
        media.JSON
    )
    partitionkey: PersonKey | None = None
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
