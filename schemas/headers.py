"""What a record's headers say: its mode, its attributes, and what may not be there.

The mode follows from the content type alone. `application/cloudevents+json` is structured mode, in
which no attribute stands in a header. Anything else is binary mode where attributes stand in `ce_`
headers, and structured mode where none does: without attributes there is no binary event.

A header is taken for what any reader could take it for: names are compared without case, blanks
and characters that cannot be seen. Null values mean that the header is absent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas import media
from schemas.numbers import names_somebody
from schemas.reasons import Finding, finding
from schemas.record import Headers
from schemas.remembered import remembered

HEADERS_MAX: Final = 64
HEADERS_BYTES_MAX: Final = 16 * 1024
PREFIX: Final = "ce_"
CONTENT_TYPE: Final = "content-type"
#: What a structured record needs, and most have.
STRUCTURED_ONLY: Final[Headers] = ((CONTENT_TYPE, media.STRUCTURED.encode()),)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OWN: Final = "gw-"
_PLAIN_NAME: Final = re.compile(r"[a-z0-9_.-]*")
_SHOWN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_SEEN_AS_BLANK: Final = frozenset("\u115f\u1160\u2800")
_TYPE: Final = "datacontenttype"
_OTHER_FORMATS: Final = "application/cloudevents"
#: What binary mode has another place for.
_NO_ATTRIBUTES: Final = frozenset({"data", "data_base64"})


class Said(NamedTuple):
    """What the headers say; `attributes` are those of binary mode, by name.

    `wrong` names attributes whose header is refused, so that they are not called missing too.
    """

    binary: bool = False
    attributes: Mapping[str, str] = MappingProxyType({})
    problems: tuple[Finding, ...] = ()
    wrong: frozenset[str] = frozenset()


NOTHING: Final = Said()


@remembered(4096)
def canonical(name: str) -> str:
    """Return a header's name as the most lenient reader would compare it."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    return "".join(
        "-" if unicodedata.category(character) == "Pd" else character
        for character in unicodedata.normalize("NFKC", name).casefold()
        if unicodedata.category(character)[0] not in "CZM" and character not in _SEEN_AS_BLANK
    )


@remembered(4096)
def path_of(name: str) -> str:
    """Return the path of a header; a name that may hold anything is not shown."""
    shown = _SHOWN_NAME.fullmatch(name) and not names_somebody(name)
    return f"headers.{name}" if shown else "headers.*"


def text_of(value: bytes) -> str | None:
    """Return a header's value if it is UTF-8 without control characters."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if CONTROL.search(text) else text


def too_many(headers: Headers) -> bool:
    """Return whether there are more headers than a delivery can repeat."""
    if len(headers) > HEADERS_MAX:
        return True
    size = 0
    for name, value in headers:
        size += len(name.encode("utf-8", "replace")) + (0 if value is None else len(value))
    return size > HEADERS_BYTES_MAX


def is_binary(headers: Headers) -> bool:
    """Return whether the value is the data alone, and the attributes stand in the headers."""
    return not any(_says_structured(*header) for header in headers) and any(
        value is not None and canonical(name).startswith(PREFIX) for name, value in headers
    )


def _says_structured(name: str, value: bytes | None) -> bool:
    if value is None or canonical(name) != CONTENT_TYPE:
        return False
    found = media.parse(value.decode("utf-8", "replace"))
    return found is not None and found.name == media.STRUCTURED


def read(headers: Headers) -> Said:
    """Return what the headers say, and every problem of theirs."""
    if headers == STRUCTURED_ONLY:
        return NOTHING
    found = _Reading(is_binary(headers))
    for name, value in headers:
        if CONTROL.search(name):
            found.refuse(name, "control_in_name")
        if value is not None:
            found.take(name, value)
    return found.said()


class _Reading:
    """What has been read of a record's headers so far."""

    def __init__(self, binary: bool) -> None:
        self._binary = binary
        self._attributes: dict[str, str] = {}
        self._types: dict[str, str] = {}
        self._problems: list[Finding] = []
        self._wrong: set[str] = set()

    def refuse(self, name: str, detail: str) -> None:
        """Name a header with what is wrong with it."""
        self._problems.append(finding("envelope.not_cloudevent", path_of(name), detail))

    def take(self, name: str, value: bytes) -> None:
        """Read one header that is there."""
        plain = canonical(name)
        attribute = None
        if plain == CONTENT_TYPE:
            attribute = _TYPE
        elif plain.startswith(PREFIX):
            attribute = plain.removeprefix(PREFIX)
        text = text_of(value)
        detail = "unreadable" if text is None else self._misplaced(name, plain)
        if detail is not None:
            self.refuse(name, detail)
            self._wrong.add(attribute or "")
        elif attribute is not None and text is not None:
            self._add(name, attribute, text)

    def _misplaced(self, name: str, plain: str) -> str | None:
        """Return what is wrong with an attribute's header: it would give a second meaning."""
        if not plain.startswith(PREFIX):
            return None
        if not self._binary:
            return "beside_structured"
        misspelt = name != plain or plain.removeprefix(PREFIX) in _NO_ATTRIBUTES
        return "misspelt_header" if misspelt else None

    def _add(self, name: str, attribute: str, text: str) -> None:
        if attribute == _TYPE:
            self._add_type(name, text)
        elif attribute in self._attributes:
            path = path_of(attribute).removeprefix("headers.")
            self._problems.append(finding("envelope.not_cloudevent", path, "sent_twice"))
        else:
            self._attributes[attribute] = text

    def _add_type(self, name: str, text: str) -> None:
        """Remember a content type; of two headers that do not say the same both are named."""
        for other, said in self._types.items():
            if media.parse(said) is None or media.parse(said) != media.parse(text):
                self.refuse(other, "two_content_types")
                self.refuse(name, "two_content_types")
        self._types.setdefault(name, text)

    def said(self) -> Said:
        """Return all of it."""
        for name, text in self._types.items():
            if self._binary:
                self._attributes.setdefault(_TYPE, text)
            elif (detail := _unfit(media.parse(text))) is not None:
                self.refuse(name, detail)
        attributes = self._attributes if self._binary else {}
        return Said(self._binary, attributes, tuple(self._problems), frozenset(self._wrong))


def _unfit(found: media.MediaType | None) -> str | None:
    """Return what is wrong with the content type of a structured record.

    A client may say anything that names no other way of writing a CloudEvent.
    """
    if found is None:
        return None
    if found.other_charset:
        return "other_charset"
    other = found.name.startswith(_OTHER_FORMATS) and found.name != media.STRUCTURED
    return "other_format" if other else None


def delivered(headers: Headers) -> Headers:
    """Return a sender's headers as they are delivered.

    Names of the gateway's own headers are left out, since only the gateway may write them. The
    mode can be told by the content type alone: a structured record gets it where it had another.
    """
    if headers == STRUCTURED_ONLY:
        return headers
    kept = [header for header in headers if not canonical(header[0]).startswith(_OWN)]
    if is_binary(headers) or any(_says_structured(*header) for header in kept):
        return tuple(kept)
    return (*STRUCTURED_ONLY, *(one for one in kept if canonical(one[0]) != CONTENT_TYPE))
