r"""Finds a personal number in a text that should hold none, however it is written.

One check for everything outside the body's own place of the number. A text is looked at as it is
and as what it may be made of: percent-encoding, `&#49;`, `\u0031` and `\x31`, hex and base64
(from any of its characters on, base64 also URL-safe and without padding), each inside another at
most twice.
Digits of every script and form are digits (NFKC, then the Unicode digit value); whatever is
neither letter nor digit, also if it cannot be seen, is a separator.

- **The person's own number** is known: its 10 digits in a row, whatever stands between them.
- **Anybody's number** is known only by what it looks like: 10 digits, or 12 that begin with 18, 19
  or 20, with separators anywhere, a day that exists and the right check digit. Letters may stand
  beside it; another digit without a separator may not.

An id is not to be refused for what it holds by chance. So UUIDs, instants (RFC 3339) and
traceparents are passed over, and inside 32 or more hex digits (a hash, a trace id) only 12 digits
count. Found by chance in 10,000 random ids (bounded by tests/schemas/test_numbers.py): UUIDs and
traceparents 0, hashes of 32 to 64 hex digits less than 1, 16 hex digits 1, 24 hex digits 2, ten
digits and nothing else 77, twelve digits 1.
"""

from __future__ import annotations

import base64
import html
import re
import string
import unicodedata
import urllib.parse
from collections.abc import Iterator
from typing import Final

from schemas.identity import is_valid_personal_number
from schemas.remembered import remembered

_DIGITS_MIN: Final = 10
_BASE64_MIN: Final = 14
#: Of one character that is not ASCII, as U+2152 has (one tenth).
_DIGITS_OF_ONE_MAX: Final = 3
_NESTED_MAX: Final = 2
_DIGITS: Final = b"0123456789"
_OTHERS: Final = bytes(byte for byte in range(256) if byte not in _DIGITS)
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")
_CHARACTER: Final = r"(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\})"
#: A backslash before the escape may be the beginning of another one, or escape this one.
_ESCAPE: Final = re.compile(rf"\\{_CHARACTER}")
_ESCAPED: Final = re.compile(rf"\\+{_CHARACTER}")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{20,}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{14,}")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_INSTANT: Final = (
    r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.][0-9]{1,9})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_UUID: Final = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_TRACE: Final = r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_ONE_BY_CHANCE: Final = re.compile(rf"{_UUID}|{_INSTANT}")
_BY_CHANCE: Final = re.compile(rf"(?<![0-9A-Za-z])(?:{_INSTANT}|{_UUID}|{_TRACE})(?![0-9A-Za-z])")
_ESCAPING: Final = b"%&\\"
_OF_BASE64: Final = (string.ascii_letters + string.digits + "+/_-").encode()
_NOT_ASCII: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_CODED: Final = re.compile(rb"[A-Za-z0-9+/_-]{14,}")
_HASH: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])")
_TWELVE: Final = re.compile(r"(?<![0-9])(?:18|19|20)[0-9]{10}(?![0-9])")
_DIGIT_GROUPS: Final = re.compile(r"[0-9]+(?:[^0-9A-Za-z]+[0-9]+)*")
_CENTURIES: Final = frozenset({"18", "19", "20"})


def digits_of(text: str) -> str:
    """Return the ASCII digits of a text, everything else left out."""
    return text.encode("ascii", "ignore").translate(None, _OTHERS).decode()


def _plain(text: str) -> str:
    """Return the text with every digit as ASCII, and what is neither letter nor digit as blank."""
    if text.isascii():
        return text
    found = []
    for character in unicodedata.normalize("NFKC", text):
        digit = unicodedata.digit(character, None)
        if digit is not None:
            found.append(str(digit))
        else:
            found.append("a" if character.isalpha() else " ")
    return "".join(found)


def _unescaped(text: str, escape: re.Pattern[str]) -> str:
    """Return the text with its escapes resolved, also escapes of escapes."""
    for _ in range(_NESTED_MAX + 1):
        before = text
        if "%" in text:
            text = urllib.parse.unquote(text)
        if "&" in text:
            text = html.unescape(text)
        if "\\" in text:
            text = escape.sub(_character, text)
        if text == before:
            break
    return text


def _character(found: re.Match[str]) -> str:
    code = int(found[found.lastindex or 0], 16)
    return chr(code) if code < 0x110000 else found[0]


def _decoded(text: str) -> Iterator[bytes]:
    """Yield what hex and base64 in a text stand for, wherever they begin."""
    for run in _HEX.findall(text):
        for start in range(2):
            part = run[start:]
            yield bytes.fromhex(part[: len(part) - len(part) % 2])
    for run in _BASE64.findall(text):
        plain = run.translate(_URL_SAFE)
        for start in range(4):
            part = plain[start:]
            cut = len(part) - (len(part) % 4 == 1)
            yield base64.b64decode(part[:cut] + "=" * (-cut % 4))


@remembered(4096)
def _forms(text: str, depth: int = 0) -> tuple[tuple[str, str], ...]:
    """Return the text and everything it may be made of, if it has ten digits or more.

    Each with its digits alone, and as it is without the ids that may hold a number by chance.
    """
    found = []
    ways = (_ESCAPE, _ESCAPED) if "\\\\" in text else (_ESCAPE,)
    for unescaped in {_unescaped(text, way) for way in ways}:
        plain = _plain(unescaped)
        digits = digits_of(plain)
        if len(digits) >= _DIGITS_MIN:
            found.append((digits, _BY_CHANCE.sub("a", plain)))
        if depth < _NESTED_MAX:
            for raw in _decoded(_BY_CHANCE.sub("a", unescaped)):
                inner = _text_of(raw)
                if inner is not None:
                    found += _forms(inner, depth + 1)
    return tuple(found)


def _text_of(raw: bytes) -> str | None:
    """Return decoded bytes as a text that may hold a number; None if they surely do not."""
    return raw.decode("utf-8", "replace") if _may_hold(raw) or _may_be_coded(raw) else None


def _may_be_coded(raw: bytes) -> bool:
    """Return whether bytes may again be hex or base64; escapes may stand for any of it."""
    if len(raw) < _BASE64_MIN:
        return False
    if raw.translate(None, _ESCAPING) == raw:
        return _CODED.search(raw) is not None
    return len(raw) - len(raw.translate(None, _OF_BASE64)) >= _BASE64_MIN


def _may_hold(raw: bytes) -> bool:
    """Return whether ten digits may stand in the bytes; those of other scripts are UTF-8."""
    digits = len(raw) - len(raw.translate(None, _DIGITS))
    others = 0 if raw.isascii() else len(_NOT_ASCII.findall(raw))
    return digits + _DIGITS_OF_ONE_MAX * others >= _DIGITS_MIN


def _is_somebodys(digits: str) -> bool:
    if len(digits) == 12:
        return digits[:2] in _CENTURIES and is_valid_personal_number(digits)
    return is_valid_personal_number("19" + digits) or is_valid_personal_number("20" + digits)


def _in_groups(groups: list[str]) -> bool:
    """Return whether digit groups that follow each other are together a personal number."""
    for start in range(len(groups)):
        digits = ""
        for group in groups[start : start + 12]:
            digits += group
            if len(digits) > 12:
                break
            if len(digits) in {10, 12} and _is_somebodys(digits):
                return True
    return False


@remembered(4096)
def _stands_in(plain: str) -> bool:
    for found in _HASH.findall(plain):
        if any(map(is_valid_personal_number, _TWELVE.findall(found))):
            return True
    rest = _HASH.sub("a", plain)
    return any(_in_groups(_NOT_DIGIT.split(run)) for run in _DIGIT_GROUPS.findall(rest))


def names_somebody(text: str) -> bool:
    """Return whether anybody's personal number stands in the text, however it is written."""
    return len(text) >= _DIGITS_MIN and any(_stands_in(plain) for _, plain in _forms(text))


def holds(text: str, short: str) -> bool:
    """Return whether the 10 digits of a known person stand in the text, however written."""
    return len(text) >= _DIGITS_MIN and any(short in digits for digits, _ in _forms(text))


def tells(text: str, short: str | None) -> bool:
    """Return whether the text holds the person's own number or anybody's."""
    return len(text) >= _DIGITS_MIN and any(
        (short is not None and short in digits) or _stands_in(plain)
        for digits, plain in _forms(text)
    )


def looks_like_a_number(text: str) -> bool:
    """Return whether the text names somebody, or would with fewer digits beside the number.

    Used for what is shown although the person is not known; a false alarm costs a case id.
    """
    runs = _DIGIT_GROUPS.findall(text)
    return names_somebody(text) or any(
        _is_somebodys(digits[start : start + 10])
        for digits in map(digits_of, runs)
        for start in range(len(digits) - 9)
    )


def may_tell(text: str, short: str | None) -> bool:
    """Return the same as `tells`, quickly for most texts that do not."""
    if not text.isascii() or "%" in text or "&" in text or "\\" in text:
        return tells(text, short)
    digits = digits_of(text)
    if _ONE_BY_CHANCE.fullmatch(text):
        return short is not None and short in digits
    doubt = len(digits) >= _DIGITS_MIN or (len(text) >= _BASE64_MIN and _may_hide(text))
    return doubt and tells(text, short)


def _may_hide(text: str, depth: int = _NESTED_MAX) -> bool:
    """Return whether hex or base64 in the text may stand for ten digits or more."""
    return any(
        _may_hold(raw) or (depth > 1 and _may_hide_in(raw, depth - 1)) for raw in _decoded(text)
    )


def _may_hide_in(raw: bytes, depth: int) -> bool:
    """Return the same for decoded bytes; what has escapes in it is not looked at closely."""
    if not _may_be_coded(raw):
        return False
    return raw.translate(None, _ESCAPING) != raw or _may_hide(raw.decode("latin-1"), depth)
