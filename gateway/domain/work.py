"""One decision in the making: the state so far and the outputs so far.

`decide` is a function of its arguments; this object lives only inside one call of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gateway.domain.context import Context
from gateway.domain.counters import with_counted
from gateway.domain.decision import Decision, Notice, Output, Receipt
from gateway.domain.ids import uuid5_text
from gateway.domain.person import Person
from gateway.domain.quality import quality_of
from gateway.domain.state import Deadline, Entry, HeldMessage, PersonState, Unfinished


class Work:
    """Collects outputs and the next state; `person` is indexed again when entries change."""

    __slots__ = ("_person", "context", "outputs", "state")

    def __init__(self, state: PersonState, context: Context) -> None:
        self.state = state
        self.context = context
        self.outputs: list[Output] = []
        self._person: Person | None = None

    @property
    def person(self) -> Person:
        """The person as of the outputs so far."""
        if self._person is None:
            self._person = Person(self.state)
        return self._person

    def decision(self) -> Decision:
        """What has come of it."""
        return Decision(self.state, tuple(self.outputs))

    def emit(self, *outputs: Output) -> None:
        """Add outputs, in order."""
        self.outputs.extend(outputs)

    def answer(self, receipt: Receipt, type_name: str | None) -> None:
        """Add a receipt, and count it for the quality statistics when it is not a plain yes."""
        self.outputs.append(receipt)
        if receipt.status == "ACCEPTED":
            return
        quality = quality_of(receipt, self.context, type_name)
        if quality is not None:
            self.outputs.append(quality)

    def notify(
        self, agency: str, kind: str, reference: str, case_id: str | None, data: Mapping[str, Any]
    ) -> None:
        """Add a notice; its id is made of the person, the kind and what it is about."""
        name = f"notice|{self.context.person_key}|{agency}|{kind}|{reference}|{self.context.now}"
        self.outputs.append(
            Notice(
                agency=agency,
                kind=kind,
                notice_id=uuid5_text(name),
                at=self.context.now,
                case_id=case_id,
                data=data,
            )
        )

    def notify_both(
        self, kind: str, reference: str, case_id: str | None, data: Mapping[str, Any]
    ) -> None:
        """Tell both agencies the same."""
        for agency in ("fk", "af"):
            self.notify(agency, kind, reference, case_id, data)

    def add_entry(self, entry: Entry) -> None:
        """Remember a message."""
        self.state = replace(self.state, entries=(*self.state.entries, entry))
        if self._person is not None:
            self._person.state = self.state
            self._person.add(entry)

    def add_counted(self, entry: Entry) -> None:
        """Remember a message about nobody."""
        self._set(with_counted(self.state, entry, self.context.now))

    def replace_entry(self, old: Entry, new: Entry) -> None:
        """Put an amended entry in the place of the old one."""
        entries = tuple(new if entry is old else entry for entry in self.state.entries)
        self._set(replace(self.state, entries=entries))

    def add_held(self, held: HeldMessage) -> None:
        """Let a message wait."""
        self._set(replace(self.state, held=(*self.state.held, held)))

    def drop_held(self, held: HeldMessage) -> None:
        """A waiting message has got its final answer."""
        self._set(replace(self.state, held=tuple(h for h in self.state.held if h is not held)))

    def set_deadlines(self, deadlines: tuple[Deadline, ...]) -> None:
        """Replace the open deadlines."""
        if deadlines != self.state.deadlines:
            self._set(replace(self.state, deadlines=deadlines))

    def set_unfinished(self, unfinished: tuple[Unfinished, ...]) -> None:
        """Replace the facts that are to be told again."""
        self._set(replace(self.state, unfinished=unfinished))

    def add_said(self, name: str) -> None:
        """A deadline has been told."""
        self._set(replace(self.state, said=(*self.state.said, name)))

    def forget_said(self, beginnings: tuple[str, ...]) -> None:
        """Forget what was told under names that begin so."""
        said = tuple(name for name in self.state.said if not name.startswith(beginnings))
        if said != self.state.said:
            self._set(replace(self.state, said=said))

    def _set(self, state: PersonState) -> None:
        """Take a state whose entries may differ in any way."""
        if self._person is not None and state.entries is self.state.entries:
            self._person.state = state
        else:
            self._person = None
        self.state = state
