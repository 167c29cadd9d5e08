"""The envelope of everything that the gateway itself says: receipts, notices, follow-up facts.

Structured CloudEvents. Unknown fields are refused in what we construct, so that nothing slips
out, and ignored by `read` in what we receive, so that a newer gateway can say more.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.fields import DateTime, Id, PersonKey, Uuid

GATEWAY_SOURCE: Final = "urn:samverkan:gateway"
REASON_CODE_PATTERN: Final = "^(?:BR-[0-9]{2}|[a-z]{1,20}[.][a-z_]{1,40})$"

ReasonCode = Annotated[str, StringConstraints(pattern=REASON_CODE_PATTERN)]


class Said(BaseModel):
    """Base of all parts of what the gateway says: strict, frozen, closed when constructed."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        serialize_by_alias=True,
    )

    @classmethod
    def read(cls, value: bytes | str) -> Self:
        """Return the model of JSON that a gateway wrote; fields unknown to us are left out.

        Raises:
            pydantic.ValidationError: the JSON is not what this type says.
        """
        return cls.model_validate_json(value, extra="ignore")


class GatewayEvent(Said):
    """The CloudEvents attributes of a receipt, notice or fact; `type` and `data` per subclass.

    `time` is when it was decided; `partitionkey` repeats the record key.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Uuid
    source: Literal["urn:samverkan:gateway"] = "urn:samverkan:gateway"
    type: str
    subject: Id | None = None
    time: DateTime
    datacontenttype: Literal["application/json"] = "application/json"
    partitionkey: PersonKey
    data: Any = Field(repr=False)
