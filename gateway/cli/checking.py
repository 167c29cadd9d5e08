"""`samverkan check`: the verdict on each message of files, in order (docs/check.md).

The verdict on a message is its own first receipt. What becomes of an earlier message because of a
later one (released, its time over) is shown apart, as `later`, and does not count for the exit
code. Standard output holds the verdicts and nothing else; warnings, and the sentence for a file
that is no message, go to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from gateway.cli.files import NoMessageError, names_of
from gateway.cli.offline import Answered, Memory, Offline, Place, Said
from gateway.cli.verdict_forms import FORMS
from gateway.cli.verdicts import Later, Verdict
from gateway.domain.migrate import UnknownVersionError
from gateway.languages import BOTH, Speech
from gateway.shell.assemble import Parts
from gateway.shell.installation import Fingerprint, differences, fingerprint_of
from gateway.shell.settings import UserError

Form = Literal["text", "json", "junit"]
_STATE_FORM: Final = "samverkan-check-2"


class Options(NamedTuple):
    """How `check` was asked."""

    output: Form = "text"
    expect: bool = False
    state: Path | None = None
    speech: Speech = BOTH


class _Stored(msgspec.Struct, frozen=True):
    form: Literal["samverkan-check-2"]
    installation: Fingerprint
    memory: Memory
    labels: dict[str, str]


def check_files(fixed: Parts, files: Sequence[str], options: Options) -> int:
    """Print what would be answered; 1 when a message was refused or is none, else 0."""
    for warning in fixed.warnings:
        print(warning, file=sys.stderr)
    checked = _Checked(fixed, options)
    for path, name in ((path, names_of(list(files))[path]) for path in files):
        checked.file(path, name)
    checked.store()
    text = FORMS[options.output](checked.verdicts, options.speech)
    # A name may hold what the terminal's encoding cannot show.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    return 1 if any(one.fails for one in checked.verdicts) else 0


class _Checked:
    """The verdicts so far, and whose place is whose."""

    def __init__(self, fixed: Parts, options: Options) -> None:
        self.verdicts: list[Verdict] = []
        self._options = options
        self._installation = fingerprint_of(fixed.agreement.rules_version, fixed.keys)
        self._offline = Offline(fixed)
        self._of_place: dict[Place, Verdict] = {}
        #: Of messages of earlier runs: place as text to label.
        self._labels: dict[str, str] = {}
        if options.state is not None and options.state.exists():
            self._restore(options.state)

    def file(self, path: str, name: str) -> None:
        """Decide the messages of one file; one that is no message gets a verdict too."""
        try:
            for given in self._offline.reader.read(path, name):
                self._enter(self._offline.answer(given))
        except NoMessageError as problem:
            print(problem, file=sys.stderr)
            self.verdicts.append(Verdict(name, 0, problem=str(problem)))

    def _enter(self, answered: Answered) -> None:
        given, record = answered.given, answered.record
        expect = given.expect if self._options.expect else None
        verdict = Verdict(given.file, given.place, answered.own, expect, answered.notices)
        own = answered.own
        if own.duplicate:
            verdict.repeats = self._label(own.place)
        self.verdicts.append(verdict)
        self._of_place[record.topic, record.partition, record.offset] = verdict
        self._labels[_text(record)] = verdict.label
        for said in answered.others:
            self._later(said, verdict)

    def _later(self, said: Said, because: Verdict) -> None:
        """Put the receipt of an earlier message there; of one of an earlier run, here."""
        later = Later(self._label(said.place), said.data, because.label)
        self._of_place.get(said.place, because).later.append(later)

    def _label(self, place: Place) -> str:
        return self._labels.get(" ".join(map(str, place)), "an earlier message")

    # -- what is remembered from run to run

    def _restore(self, path: Path) -> None:
        try:
            stored = msgspec.msgpack.decode(path.read_bytes(), type=_Stored)
            others = list(differences(self._installation, stored.installation))
            if others:
                raise UserError(
                    f"{path} is the state by another {', another '.join(others)}; use that, or"
                    " remove the file to begin anew."
                )
            self._offline.remember(stored.memory)
        except OSError as problem:
            raise UserError(
                f"{path} cannot be read: {problem.strerror}; name another file with --state."
            ) from None
        except (msgspec.DecodeError, UnknownVersionError, LookupError, ValueError):
            raise UserError(
                f"{path} is no state of this version of `samverkan check`; remove it to begin anew,"
                " or name another file with --state."
            ) from None
        self._labels = stored.labels

    def store(self) -> None:
        """Write what is remembered, for the owner's eyes: it holds the bodies of what waits."""
        path = self._options.state
        if path is None:
            return
        memory = self._offline.memory()
        stored = _Stored(_STATE_FORM, self._installation, memory, self._labels)
        new = path.with_name(f"{path.name}.new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: PTH123 - with a mode
                out.write(msgspec.msgpack.encode(stored))
            new.replace(path)
        except OSError as problem:
            raise UserError(
                f"{path} cannot be written: {problem.strerror}; name another file with --state."
            ) from None


def _text(record: Any) -> str:
    return f"{record.topic} {record.partition} {record.offset}"
