"""Media types, compared as media types: case, blanks, order and quotes say nothing (RFC 9110).

Two of them matter here: `application/json` and `application/cloudevents+json`. JSON on the wire is
UTF-8, so `charset=utf-8` may be said or left out, and another charset is refused. Parameters that
JSON does not know mean nothing, but two headers that differ in them do not say the same.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from schemas.remembered import remembered

JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"'
_WHOLE: Final = re.compile(
    rf"[ \t]*({_WORD}/{_WORD})[ \t]*((?:;[ \t]*(?:{_WORD}=(?:{_WORD}|{_QUOTED}))?[ \t]*)*)"
)
_PARAMETER: Final = re.compile(rf";[ \t]*({_WORD})=({_WORD}|{_QUOTED})")
_ESCAPED: Final = re.compile(r"\\(.)")
_LENGTH_MAX: Final = 256
_UTF_8: Final = frozenset({"utf-8", "utf8"})

JSON_PATTERN: Final = (
    r"^[ \t]*[Aa][Pp][Pp][Ll][Ii][Cc][Aa][Tt][Ii][Oo][Nn]/[Jj][Ss][Oo][Nn][ \t]*"
    r"(?:;[ \t]*(?:(?![Cc][Hh][Aa][Rr][Ss][Ee][Tt]=)[!#$%&'*+.^_`|~0-9A-Za-z-]+="
    r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|\"(?:[^\"\\]|\\.)*\")"
    r"|[Cc][Hh][Aa][Rr][Ss][Ee][Tt]=(?:[Uu][Tt][Ff]-?8|\"[Uu][Tt][Ff]-?8\"))?[ \t]*)*$"
)
"""The same for readers of the JSON Schema: `application/json`, whatever its spelling."""


class MediaType(NamedTuple):
    """A media type as it is compared: lower case, parameters in order, `charset=utf-8` left out."""

    name: str
    parameters: tuple[tuple[str, str], ...] = ()
    other_charset: bool = False


@remembered(1024)
def parse(text: str) -> MediaType | None:
    """Return a media type in its one form; None for a text that is none, or says a name twice."""
    found = _WHOLE.fullmatch(text) if len(text) <= _LENGTH_MAX else None
    if found is None:
        return None
    said: dict[str, str] = {}
    for name, raw in _PARAMETER.findall(found[2]):
        if name.lower() in said:
            return None
        said[name.lower()] = _ESCAPED.sub(r"\1", raw[1:-1]) if raw.startswith('"') else raw
    charset = said.pop("charset", "utf-8").lower()
    other = charset not in _UTF_8
    if other:
        said["charset"] = charset
    return MediaType(found[1].lower(), tuple(sorted(said.items())), other)


def problem_of(text: str, wanted: tuple[str, ...]) -> str | None:
    """Return the detail of what is wrong with a media type that must be a `wanted` one."""
    media = parse(text)
    if media is None or media.name not in wanted:
        return "not_in_code_list"
    return "other_charset" if media.other_charset else None
