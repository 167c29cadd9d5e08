"""An agency's back-end at the gateway: send, get the receipt, receive what the other agency sends.

    async with AgencyClient("127.0.0.1:19092", "fk", KeyRing.load(path)) as client:
        sent = await client.send("referral.called", data, time=now, name="call-117")
        receipt = await client.receipt(sent)
        async with client.deliveries("fk-case-system") as deliveries:
            async for delivery in deliveries:
                store(delivery)  # idempotent: by delivery.message_id

Sending is idempotent twice over: the producer's retries write once, and the same message sent
again after a crash gets the original receipt, because its id follows from its name. Receiving is
at least once: what was being worked on when the back-end stopped comes again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from gateway.sdk import envelope
from gateway.sdk.errors import NotStartedError, SendFailedError, UnreadableRecordError
from gateway.sdk.options import LONGEST_WAIT_MS, consumer_options, producer_options
from gateway.sdk.receipt_book import ReceiptBook
from gateway.sdk.received import (
    Delivery,
    Notice,
    Receipt,
    read_delivery,
    read_notice,
    read_receipt,
    record_of,
)
from schemas.keys import KeyRing
from schemas.partition import partition_of
from schemas.record import Record
from schemas.topics import FAMILIES, delivery_topic, notice_topic, receipts_topic

_POLL_RECORDS_MAX: Final = 500
_log: Final = logging.getLogger(__name__)


def log_unreadable(problem: UnreadableRecordError) -> None:
    """Log where a record stands that could not be read; never what is in it."""
    _log.error("%s; it is passed over", problem)


Received = TypeVar("Received")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the broker has confirmed; `content_sha256` is that of the record's value."""

    message_id: str
    content_sha256: str
    topic: str
    partition: int
    offset: int


class AgencyClient:
    """One back-end system of one agency.

    Args:
        bootstrap_servers: `host:port`, several with commas.
        agency: `fk` or `af`.
        keys: the exchange keys.
        system: the part of `source` that names the system.
        receipts_from: `now` reads receipts written after the start; `beginning` also the old
            ones, for a back-end that asks for answers to what it sent before it stopped.
        security: aiokafka's options for TLS and SASL (`security_protocol`, `ssl_context`,
            `sasl_mechanism`, `sasl_plain_username`, `sasl_plain_password`); none: plain text.
        unreadable: is told of each record that cannot be read, before the client goes on with the
            next one; the default logs its place. An exception of it ends the reading there.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        agency: Literal["fk", "af"],
        keys: KeyRing,
        *,
        system: str = "arende",
        receipts_from: Literal["now", "beginning"] = "now",
        security: Mapping[str, Any] | None = None,
        unreadable: Callable[[UnreadableRecordError], None] = log_unreadable,
    ) -> None:
        self.writer = envelope.Writer(agency, keys, system)
        self._servers = bootstrap_servers
        self._client_id = f"{agency}-{system}"
        self._receipts_from = receipts_from
        self._security = {} if security is None else dict(security)
        self._unreadable = unreadable
        self._producer: AIOKafkaProducer | None = None
        self._book = ReceiptBook()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect, and listen for receipts before anything can be sent.

        Raises:
            aiokafka.errors.KafkaError: no broker answers, or the topics do not exist.
        """
        consumer = self._consumer([receipts_topic(self.writer.agency)], None)
        options = producer_options(self._servers, self._client_id)
        producer = AIOKafkaProducer(**options, **self._security)
        await consumer.start()
        try:
            if self._receipts_from == "now":
                await consumer.seek_to_end(*consumer.assignment())
            await producer.start()
        except BaseException:
            await _stop(consumer)
            raise
        self._producer = producer
        self._reader = asyncio.create_task(self._read_receipts(consumer))

    async def stop(self) -> None:
        """Flush, disconnect, forget; safe to call twice."""
        producer, self._producer = self._producer, None
        reader, self._reader = self._reader, None
        if producer is not None:
            await producer.stop()
        if reader is not None:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)  # whoever waited has been told

    async def send(
        self,
        message_type: str,
        data: Mapping[str, Any],
        *,
        time: datetime | str,
        name: str | None = None,
        message_id: str | None = None,
        mode: envelope.Mode = "structured",
        timestamp_ms: int | None = None,
        **attributes: str,
    ) -> Sent:
        """Send one message and wait until the broker has it safely.

        Args:
            message_type: short name, such as `referral.called`.
            data: the fields of the contract.
            time: when the message was written.
            name: the back-end's own lasting name of the message; the id follows from it.
            message_id: a UUID instead of a name.
            mode: structured or binary CloudEvents.
            timestamp_ms: the record's CreateTime; only replays and tests give one.
            attributes: optional CloudEvents attributes, such as `expirytime`.

        Raises:
            ValueError: not exactly one of name and message_id.
            NotStartedError: the client is not started.
            SendFailedError: not confirmed; sending the same again is safe.
        """
        if (name is None) == (message_id is None):
            raise ValueError("give the message either a name or a message_id")
        if self._producer is None:
            raise NotStartedError("the client is not started; use `async with AgencyClient(...)`")
        identity = message_id or envelope.message_id(self.writer.source, name or "")
        made = self.writer.record(
            self.writer.envelope(message_type, data, message_id=identity, time=time, **attributes),
            mode,
        )
        try:
            partitions = await self._producer.partitions_for(made.topic)
            place = await self._producer.send_and_wait(
                made.topic,
                made.value,
                made.key,
                partition_of(made.key, len(partitions)),
                timestamp_ms,
                list(made.headers),
            )
        except KafkaError as error:
            raise SendFailedError(
                f"message {identity} was not confirmed on {made.topic}"
                f" ({type(error).__name__}); send the same message again"
            ) from error
        content = hashlib.sha256(made.value).hexdigest()
        return Sent(identity, content, made.topic, place.partition, place.offset)

    async def receipt(
        self, message: Sent | str, *, final: bool = False, timeout_s: float = 30.0
    ) -> Receipt:
        """The gateway's receipt of a message.

        Args:
            message: what `send` returned, or a message id (then any content fits).
            final: pass over HELD and wait for the final one.
            timeout_s: how long to wait.

        Raises:
            NotStartedError: the client is not started.
            ReceiptTimeoutError: none came in time.
        """
        if self._reader is None:
            raise NotStartedError("the client is not started; use `async with AgencyClient(...)`")
        if isinstance(message, str):
            return await self._book.wait(message, None, final=final, timeout_s=timeout_s)
        return await self._book.wait(
            message.message_id, message.content_sha256, final=final, timeout_s=timeout_s
        )

    @contextlib.asynccontextmanager
    async def deliveries(
        self, group_id: str, families: tuple[str, ...] = FAMILIES
    ) -> AsyncIterator[AsyncIterator[Delivery]]:
        """What the other agency sent, for as long as it is iterated.

        A delivery is done when the next one is asked for. What is not done when the block is
        left comes again, so storing it must be idempotent (by `message_id`).

        Args:
            group_id: whose progress is kept; members of a group share the work.
            families: which message families.
        """
        topics = [delivery_topic(self.writer.agency, family) for family in families]
        async with contextlib.aclosing(self._received(topics, group_id, read_delivery)) as received:
            yield received

    @contextlib.asynccontextmanager
    async def notices(self, group_id: str) -> AsyncIterator[AsyncIterator[Notice]]:
        """The gateway's notices, under the same terms as deliveries."""
        topics = [notice_topic(self.writer.agency)]
        async with contextlib.aclosing(self._received(topics, group_id, read_notice)) as received:
            yield received

    async def _received(
        self, topics: list[str], group_id: str, read: Callable[[Record], Received]
    ) -> AsyncGenerator[Received, None]:
        consumer = self._consumer(topics, group_id)
        await consumer.start()
        done: dict[TopicPartition, int] = {}
        try:
            while True:
                polled = await consumer.getmany(
                    timeout_ms=LONGEST_WAIT_MS, max_records=_POLL_RECORDS_MAX
                )
                for place, raws in polled.items():
                    for raw in raws:
                        received = self._readable(read, raw)
                        if received is not None:
                            yield received
                        done[place] = raw.offset + 1
                if done:
                    await consumer.commit(done)
                    done.clear()
        finally:
            try:
                if done:
                    await consumer.commit(done)
            finally:
                await _stop(consumer)

    def _readable(self, read: Callable[[Record], Received], raw: Any) -> Received | None:
        """What a record is; None when it cannot be read, which stops nobody at its offset."""
        try:
            return read(record_of(raw))
        except UnreadableRecordError as problem:
            self._unreadable(problem)
            return None

    async def _read_receipts(self, consumer: AIOKafkaConsumer) -> None:
        try:
            while True:
                for raws in (await consumer.getmany(timeout_ms=1000)).values():
                    for raw in raws:
                        receipt = self._readable(read_receipt, raw)
                        if receipt is not None:
                            self._book.arrived(receipt)
        except Exception as error:
            self._book.failed(error)  # whoever waits is told; nobody waits in vain
            raise
        finally:
            await _stop(consumer)

    def _consumer(self, topics: list[str], group_id: str | None) -> AIOKafkaConsumer:
        options = consumer_options(self._servers, self._client_id, group_id)
        return AIOKafkaConsumer(*topics, **options, **self._security)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Disconnect; aiokafka (0.14.0) may let the cancellation of a failed request of its own out."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
