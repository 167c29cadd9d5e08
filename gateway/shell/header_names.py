r"""Records whose header names are not UTF-8 are read like any other, and answered.

Kafka's brokers do not look at header names, and clients in C or Go may write any bytes there.
aiokafka decodes them strictly, so that one such record would end every owner of its partition, one
after the other. Here the batch is read again, slower, with every odd byte of a name as a `\xff`
escape: the record gets its receipt, and what is delivered has a name that everybody can read.

aiokafka offers no setting for this; `install` replaces the class with which its fetcher walks
through fetched batches, and fails loudly when a new version has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from gateway.shell.private_aiokafka import Batches, PlainBatch, read_batches_with


class _LenientBytes(bytearray):
    """Bytes whose parts decode with escapes instead of an exception."""

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        return _LenientBytes(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "") -> str:  # noqa: ARG002 - the signature of bytearray
        return super().decode(encoding, "backslashreplace")


class _LenientBatch(PlainBatch):
    """aiokafka's own reading of a batch in plain Python, over lenient bytes."""

    def over(self, raw: bytearray) -> Any:
        """Bytes that decode in any case."""
        return _LenientBytes(raw)


class _Batch:
    """A batch that is read fast, and leniently from the record on that cannot be read so."""

    def __init__(self, fast: Any, raw: memoryview) -> None:
        self._fast = fast
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fast, name)

    def __next__(self) -> Any:
        return next(self._fast)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._fast:
                yield record
                read += 1
        except UnicodeDecodeError:
            yield from islice(_LenientBatch(self._raw), read, None)


class _Records(Batches):
    """Fetched batches, each of them guarded."""

    def guarded(self, batch: Any, raw: memoryview) -> Any:
        """The batch, read again where it cannot be read."""
        return _Batch(batch, raw)


def install() -> None:
    """Let every consumer of this process read so."""
    read_batches_with(_Records)
