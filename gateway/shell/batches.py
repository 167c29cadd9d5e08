"""A batch for aiokafka's producer whose records were encoded elsewhere, by compiled code.

It stands where aiokafka (0.14.0) has a BatchBuilder of its own, and becomes the same bytes as one
would of the same records. Only a transactional producer may be given it: its attributes say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.record.default_records import DefaultRecordBase as Layout
from aiokafka.record.util import calc_crc32c

from gateway.shell.private_aiokafka import ReadyBatch

#: What stands before the records of a batch, and counts where a batch may only be so large.
HEADER_BYTES: Final[int] = Layout.HEADER_STRUCT.size

_MAGIC: Final = 2
_CODECS: Final[dict[str, tuple[int, Callable[[bytes], bytes]]]] = {
    "gzip": (Layout.CODEC_GZIP, gzip_encode),
    "snappy": (Layout.CODEC_SNAPPY, snappy_encode),
    "lz4": (Layout.CODEC_LZ4, lz4_encode),
    "zstd": (Layout.CODEC_ZSTD, zstd_encode),
}


class PreparedBatch(ReadyBatch):
    """Encoded records that `AIOKafkaProducer.send_batch` takes as it takes a closed BatchBuilder.

    `buffer` has room for the batch's header (`HEADER_BYTES`) and then Kafka's records of version 2
    one after the other, each with its length; their timestamps are relative to `first_timestamp`,
    their offsets are 0 to `count` - 1. They are not looked into, and how large they may be is for
    the caller to keep: `size` is what counts. The buffer becomes the batch, uncopied. `checksum`
    is for who knows that of the records already: CRC-32C of a head that stands before them.

    Raises:
        ValueError: there is no record, or no such codec.
    """

    __slots__ = (
        "_buffer", "_built", "_checksum", "_compression", "_count", "_first_timestamp",
        "_max_timestamp", "_producer",
    )  # fmt: skip

    def __init__(
        self,
        buffer: bytearray,
        count: int,
        first_timestamp: int,
        max_timestamp: int,
        compression: str | None,
        checksum: Callable[[bytes], int] | None = None,
    ) -> None:
        # For an empty batch aiokafka answers with None instead of where it stands.
        if count < 1 or len(buffer) <= HEADER_BYTES:
            raise ValueError("a batch without any record")
        if compression is not None and compression not in _CODECS:
            raise ValueError(f"no such codec: {compression}")
        self._buffer = buffer
        self._built = False
        self._count = count
        self._first_timestamp = first_timestamp
        self._max_timestamp = max_timestamp
        self._compression = compression
        self._checksum = checksum
        self._producer = (-1, -1, 0)

    def append(self, **_record: Any) -> None:
        """Take no further record, and say so in aiokafka's way."""

    def close(self) -> None:
        """Do nothing: it always is."""

    def closed(self) -> bool:
        """Whether nothing can be added, so that it need not linger."""
        return True

    def record_count(self) -> int:
        """By how much the sequence of the producer moves on."""
        return self._count

    def size(self) -> int:
        """The bytes of the batch: before it is built, of the uncompressed one."""
        return len(self._buffer)

    def written_by(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        """Take who writes, and where in his sequence; aiokafka says so once, before building."""
        assert not self._built, "a batch that has been built belongs to its producer"
        self._producer = (producer_id, producer_epoch, base_sequence)

    def built(self) -> bytearray:
        """The bytes for the broker; the very same ones when a request is repeated."""
        if not self._built:
            self._built = True
            self._finish()
        return self._buffer

    def _finish(self) -> None:
        buffer, attributes = self._buffer, Layout.TRANSACTIONAL_MASK
        if self._compression is not None:
            codec, encode = _CODECS[self._compression]
            # Also where that makes it larger, as aiokafka's compiled builder does.
            attributes |= codec
            buffer[HEADER_BYTES:] = encode(bytes(memoryview(buffer)[HEADER_BYTES:]))
        header = Layout.HEADER_STRUCT.pack(
            0, len(buffer) - Layout.AFTER_LEN_OFFSET,
            Layout.NO_PARTITION_LEADER_EPOCH, _MAGIC, 0, attributes,
            self._count - 1, self._first_timestamp, self._max_timestamp,
            *self._producer, self._count,
        )  # fmt: skip
        buffer[:HEADER_BYTES] = header
        # The sum is over all that follows it, so it comes last.
        if self._checksum is not None and self._compression is None:
            crc = self._checksum(header[Layout.ATTRIBUTES_OFFSET :])
        else:
            crc = calc_crc32c(memoryview(buffer)[Layout.ATTRIBUTES_OFFSET :])
        buffer[Layout.CRC_OFFSET : Layout.ATTRIBUTES_OFFSET] = crc.to_bytes(4, "big")


class Prepared(NamedTuple):
    """A batch and the topic it is for."""

    topic: str
    batch: PreparedBatch
