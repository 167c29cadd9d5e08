"""The synchronous middle of a task: records in, outgoing records and new states out.

`Fold` owns the states of one partition number. It fires what is due before a record is decided,
lets a later message of a batch see the earlier one's result, and remembers which persons have to be
written. It knows nothing of Kafka: tests drive it with plain records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import heappop
from typing import Final

import msgspec

from gateway.domain.context import Context, Terms, Tick, context_at
from gateway.domain.days import Instant
from gateway.domain.decide import decide
from gateway.domain.decision import Decision, Receipt
from gateway.domain.parking import decide_kept, give_up, hold, keep
from gateway.domain.shadow import differing
from gateway.domain.state import EMPTY, Kept, PersonState
from gateway.shell.batches import Prepared
from gateway.shell.commands import Command, Receipts, answered, read_command
from gateway.shell.faults import Fault
from gateway.shell.installation import TASK_KEY, Fingerprint, TaskState, fingerprint_of
from gateway.shell.outputs import AuditChain, Outgoing, outgoing, parked_entry
from gateway.shell.parking import NOT_OF_THE_RECORD, Lot, Poison
from gateway.shell.states import DUE_HEADER, HOT_MAX, States
from gateway.shell.telemetry import SHADOW, Tally
from gateway.shell.whose import answers, key_of, place_of, record_of, state_key, suspect
from schemas.codec import Codec, Decoded, Record
from schemas.diagnose import EARLIEST, has_time, position_id
from schemas.keys import NO_PERSON_KEY, KeyRing
from schemas.topics import AUDIT, COMMANDS, STATE

__all__ = ["DUE_HEADER", "HOT_MAX", "TASK_KEY", "Fold", "TaskState"]

#: A person of whom a part is nearly full has a larger state than this, or one in pieces.
_CROWDED_BYTES: Final = 50_000
#: No record comes near it; one that would, and so end its transaction, is a fault of its person.
OUTPUT_BYTES_MAX: Final = 800_000


class Fold(States):
    """States of one partition number and the records that come of deciding."""

    def __init__(
        self,
        partition: int,
        codec: Codec,
        terms: Terms,
        keys: KeyRing,
        hot_max: int = HOT_MAX,
        lot: Lot | None = None,
    ) -> None:
        super().__init__(hot_max)
        self.partition = partition
        self.stream_time: Instant = 0
        self.chain = AuditChain()
        self.tally = Tally()
        self.pending: list[Outgoing] = []
        self.pending_bytes = 0
        self.answered = 0
        #: What the last owner has recorded, None before the first transaction.
        self.recorded: Fingerprint | None = None
        self.lot = Lot() if lot is None else lot
        self._codec = codec
        self._terms = terms
        self._keys = keys
        self._installation = fingerprint_of(terms.rules_version, keys)

    @property
    def has_pending(self) -> bool:
        """Whether anything was decided that is not written."""
        return bool(self.pending)

    # -- restore

    def restore(self, key: str, value: bytes, due: Instant | None) -> None:
        """Take one record of `gateway.state`; later records of a key replace earlier ones."""
        if key == TASK_KEY:
            task = msgspec.msgpack.decode(value, type=TaskState)
            self.stream_time = task.stream_time
            self.chain.count, self.chain.previous = task.audit_count, task.audit_previous
            self.recorded = task.installation
            return
        if self._restore_piece(key, value) or self.lot.restore(key, value):
            return
        self._keep(key, value)
        self._schedule(key, due)
        if len(value) > _CROWDED_BYTES:
            self._restored.add(key)

    # -- deciding

    def read(self, record: Record) -> Decoded | None:
        """A record read ahead; None for what `take` has to see for itself."""
        if record.topic == COMMANDS:
            return None
        try:
            return self._codec.decode(record)
        except NOT_OF_THE_RECORD:
            raise
        except Exception:  # noqa: BLE001 - it will be raised again when it is the record's turn
            return None

    def take(self, record: Record, decoded: Decoded | None = None) -> None:
        """Decide one record, `decoded` if it was read ahead; what is due before it comes first.

        What it is to wait for may be over already, when it is late: then that is said at once,
        since nobody knows when the next record comes.

        Raises:
            Poison: deciding it has raised, which is a fault; the process has to end.
        """
        if record.topic == COMMANDS:
            self._operate(record)
        else:
            self._take(record, decoded)
        self.advance(self.stream_time)

    def time_of(self, record: Record) -> Instant:
        """When a record is decided: its timestamp, or the task's time where it is unusable."""
        return record.timestamp_ms if has_time(record) else max(self.stream_time, EARLIEST)

    def _take(self, record: Record, decoded: Decoded | None) -> None:
        now = self.time_of(record)
        if has_time(record):
            self.advance(now)
        cause = place_of(record)
        lot = self.lot
        if lot.failed and (whose := lot.due(cause)) is not None:
            self._park(whose, record, now, cause)
            return
        key = None
        try:
            if decoded is None:
                decoded = self._codec.decode(record)
            key = state_key(decoded)
            if key in lot.parked:
                self._hold(key, decoded, record, now, cause)
            else:
                self._decide(key, decoded, record, now, cause)
        except NOT_OF_THE_RECORD:
            raise
        except Exception as problem:
            whose = suspect(record, decoded) if key is None else key
            raise Poison(self.partition, whose, cause, type(problem).__name__) from problem
        if lot.failed:
            lot.went_well(cause)

    def advance(self, now: Instant) -> None:
        """Let stream time pass to `now`, firing deadlines in order of time, then of key.

        Raises:
            Poison: what is due of one person has raised.
        """
        while self._dues and self._dues[0][0] <= now:
            due, key = heappop(self._dues)
            if self._due_of.get(key) != due:
                continue
            del self._due_of[key]
            # What falls due of a parked person is said when the person is released.
            if key not in self.lot.parked:
                self._fire(key, due)
        self.stream_time = max(self.stream_time, now)

    def _fire(self, key: str, due: Instant) -> None:
        cause = f"due/{due}"
        lot = self.lot
        if lot.failed and lot.due(f"{cause}/{key}") is not None:
            self._park(key, None, due, f"{cause}/{key}")
            return
        try:
            self._tell(key, due, cause)
        except NOT_OF_THE_RECORD:
            raise
        except Exception as problem:
            name = type(problem).__name__
            raise Poison(self.partition, key, f"{cause}/{key}", name) from problem
        if lot.failed:
            lot.went_well(f"{cause}/{key}")

    def _tell(self, key: str, due: Instant, cause: str) -> None:
        self._decide(key, Tick(due), None, due, cause)

    def _decide(
        self,
        key: str | None,
        event: Decoded | Tick,
        record: Record | None,
        now: Instant,
        cause: str,
    ) -> None:
        state = None if key is None else self._load(key)
        record_key = key_of(key, record)
        context = self._context(now, record_key)
        decision = decide(state, event, context)
        if self._terms.in_shadow is not None and isinstance(event, Decoded):
            self._in_shadow(state, event, decision, context, self._terms.in_shadow)
        self._write(decision, record, record_key, cause, now)
        if key is not None and decision.state is not (EMPTY if state is None else state):
            self._store(key, decision.state, now)
            self._note_room(key, decision.state)

    def _context(self, now: Instant, record_key: bytes | None) -> Context:
        person_key = "" if record_key is None else record_key.decode("ascii", "replace")
        return context_at(now, person_key, self.partition, self._terms, self._keys, self._codec)

    def _write(
        self,
        decision: Decision,
        record: Record | None,
        record_key: bytes | None,
        cause: str,
        now: Instant,
    ) -> None:
        """Add what comes of a decision to the transaction; law 1 is looked after here."""
        if record is not None:
            if not (decision.outputs and answers(decision.outputs[0], record)):
                raise Fault(
                    f"law 1: the first that came of {cause} is not its receipt"
                    " (runbook: receipt-per-record)"
                )
            self.answered += 1
        version = self._terms.rules_version
        self._put(
            *outgoing(decision, record, record_key, cause, now, self.chain, version, self.tally)
        )

    def _put(self, *found: Outgoing) -> None:
        total = 0
        for out in found:
            size = len(out.value)
            if size > OUTPUT_BYTES_MAX:
                raise Fault(f"a record for {out.topic} would have {size} bytes (runbook: general)")
            total += size
        self._add(found)
        self.pending_bytes += total

    def _add(self, found: tuple[Outgoing, ...]) -> None:
        self.pending += found

    def _in_shadow(
        self,
        state: PersonState | None,
        decoded: Decoded,
        decision: Decision,
        context: Context,
        shadow: Terms,
    ) -> None:
        """Count where the rules in shadow would have said otherwise; nothing else is done of it."""
        message = decoded.message
        if message is not None:
            for found in differing(state, message, decoded.record, decision, context, shadow):
                self.tally.add(SHADOW, *found)

    # -- parked persons

    def _park(self, key: str, record: Record | None, now: Instant, cause: str) -> None:
        """Try it no more: keep the record, park the person, and tell where it is."""
        failure = self.lot.park(key, now)
        if record is not None:
            record_key = record.key
            decoded = self._read_or_not(record)
            decision, kept = keep(decoded, self._context(now, record_key))
            self._write(decision, record, record_key, cause, now)
            self.lot.keep(key, kept)
        self._put(parked_entry(record, key, cause, failure.problem, failure.count, now))

    def _read_or_not(self, record: Record) -> Decoded:
        """A failing record as far as it can be read: it may be the reading that fails."""
        try:
            return self._codec.decode(record)
        except Exception:  # noqa: BLE001 - it has ended the process before, and is kept unread now
            digest = sha256(record.value or b"").hexdigest()
            return Decoded(record, digest, None, (), position_id(record), None, None, None, False)

    def _hold(self, key: str, decoded: Decoded, record: Record, now: Instant, cause: str) -> None:
        """Let a record of a parked person wait in line."""
        try:
            state = self._load(key)
        except msgspec.DecodeError:
            # It is the state that cannot be read; what is in line is all that is known.
            state = None
        context = self._context(now, record.key)
        decision, kept = hold(state, self.lot.line(key), decoded, context)
        self._write(decision, record, record.key, cause, now)
        if kept is not None:
            self.lot.keep(key, kept)

    def _operate(self, record: Record) -> None:
        """Carry out an operator's command at the task's own time, and answer it in the audit.

        A command moves no clock. One that ends the process again and again is answered `failed`.
        """
        now, place = self.stream_time, place_of(record)
        command = read_command(record.value)
        receipts: Receipts = ()
        if isinstance(command, str):
            outcome = command
        elif self.lot.failed and self.lot.due(place) is not None:
            self.lot.went_well(place)
            outcome = "failed"
        else:
            try:
                outcome, receipts = self._obey(command, now, place)
            except NOT_OF_THE_RECORD:
                raise
            except Exception as problem:
                name = type(problem).__name__
                raise Poison(self.partition, command.person, place, name) from problem
            if self.lot.failed:
                self.lot.went_well(place)
        said = answered(command, outcome, record.timestamp_ms, receipts)
        entry = self.chain.command_entry(record, said, now, self._terms.rules_version)
        self._put(Outgoing(AUDIT, now, None, entry, ()))
        self.answered += 1

    def _obey(self, command: Command, now: Instant, cause: str) -> tuple[str, Receipts]:
        """What became of a command, as its outcome, and of each record, as its receipts."""
        key, lot = command.person, self.lot
        if key not in lot.parked:
            return "not_parked", ()
        line = lot.line(key)
        release = command.command == "release"
        if not release:
            if not line:
                return "nothing_waits", ()
            if place_of(line[0]) != command.record:
                return "not_first", ()
            line = line[:1]
        if command.command == "expire":
            kept = line[0]
            decision = give_up(kept, self._context(now, kept.key))
            self._write(decision, None, kept.key, cause, now)
        else:
            decided = self._decide_kept(key, line, now, cause, ends=release)
            if isinstance(decided, str):
                return decided, ()
            decision = decided
        lot.left(key, len(line))
        if release:
            lot.free(key)
        return "done", tuple(out for out in decision.outputs if isinstance(out, Receipt))

    def _decide_kept(
        self, key: str, line: list[Kept], now: Instant, cause: str, *, ends: bool
    ) -> Decision | str:
        """The decision on what is in line, or the outcome that refuses it."""
        pairs = [(kept, self._codec.decode(record_of(kept))) for kept in line]
        whose: str | None = key
        if pairs and key.startswith(NO_PERSON_KEY):
            # It could not be said whose it was; now it can.
            whose = state_key(pairs[0][1])
            if whose != key and whose in self.lot.parked:
                return "person_parked"
        state = None if whose is None else self._load(whose)
        record_key = line[0].key if line else key_of(key, None)
        decision = decide_kept(state, pairs, self._context(now, record_key), ends=ends)
        self._write(decision, None, record_key, cause, now)
        if whose is None:
            return decision
        if decision.state is not (EMPTY if state is None else state):
            self._store(whose, decision.state, now)
            self._note_room(whose, decision.state)
        # Its deadlines were passed over while it was parked.
        self._schedule(whose, None)
        self._schedule(whose, decision.state.next_due)
        return decision

    # -- committing

    def drain(self) -> Sequence[Outgoing | Prepared]:
        """Everything to be written in one transaction: outputs, then states, then the task's own.

        A person decided twice is written once, with the last state.
        """
        out = [*self.pending, *self._last()]
        self.pending = []
        self.pending_bytes = 0
        return out

    def _last(self) -> Iterator[Outgoing]:
        """What ends a transaction: pieces, the states that name them, the parked, the task."""
        yield from self._pieces.drain()
        yield from self._written()
        yield from self.lot.drain(self.stream_time)
        chain = self.chain
        task = TaskState(self.stream_time, chain.count, chain.previous, self._installation)
        value = msgspec.msgpack.encode(task)
        yield Outgoing(STATE, self.stream_time, TASK_KEY.encode(), value, ())
