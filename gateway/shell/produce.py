"""Requests to write, whose bytes are put together once.

aiokafka (0.14.0) joins what a request carries at each level of its form: bytes, partition, topic,
request, header, size. That copies all that a gateway writes eight times, a tenth of all that a
message costs where there is an express lane. It offers no setting for this; `install` replaces the
request with which its sender writes, for the gateway's process, and fails loudly when a new version
has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.types import Array, Bytes, Int32, Schema

from gateway.shell.private_aiokafka import write_with


def _parts(kind: Any, value: Any) -> Iterator[Any]:
    """The bytes of a value in Kafka's protocol, in pieces that need no copy."""
    if isinstance(kind, Schema):
        for field, item in zip(kind.fields, value, strict=True):
            yield from _parts(field, item)
    elif isinstance(kind, Array) and value is not None:
        yield Int32.encode(len(value))
        for item in value:
            yield from _parts(kind.array_of, item)
    elif kind is Bytes and value is not None:
        yield Int32.encode(len(value))
        yield value
    else:
        yield kind.encode(value)


class _Framed:
    """A request behind its header; its size is put before it, which makes it bytes."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __radd__(self, size: bytes) -> bytes:
        return b"".join((size, *self._parts))


class _Body:
    """A request; a header is put before it."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterator[Any]) -> None:
        self._parts = parts

    def __radd__(self, header: bytes) -> _Framed:
        return _Framed((header, *self._parts))


@cache
def _in_parts(version: Any) -> Any:
    """A version of the request that encodes to a body."""

    def encode(self: Any) -> _Body:
        return _Body(_parts(self.SCHEMA, [getattr(self, name) for name in self.SCHEMA.names]))

    return type(version.__name__, (version,), {"encode": encode})


class Produce(ProduceRequest):  # type: ignore[misc]  # aiokafka is untyped
    """A request to write, as aiokafka's connection sends it: behind header and size."""

    def build(self, request_struct_class: Any) -> Any:
        """The request in the version that the broker speaks."""
        return super().build(_in_parts(request_struct_class))


def install() -> None:
    """Let every producer of this process write so."""
    write_with(Produce)
