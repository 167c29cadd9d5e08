"""What makes keys unfit for production: one sentence each, without any secret (contract-2 B)."""

from __future__ import annotations

import os
import re
import stat
from base64 import b32decode, b64decode
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from math import log2
from pathlib import Path
from typing import Final

from schemas.keys import KeyRing

SECRET_BYTES_MIN: Final = 32
_NEW: Final = "make keys with `samverkan keys new`"
#: What a secret decodes to is judged too; fewer bytes may have a pattern by chance.
_JUDGED_BYTES_MIN: Final = 16
#: Shannon's measure of the bytes. 32 random hex digits have about 117 bits.
_BITS_MIN: Final = 85.0
#: The same as a share of what as many different bytes would have, for short secrets.
_BITS_SHARE_MIN: Final = 0.6
#: Share of the positions whose three bytes occur nowhere before; a repeated word lowers it.
_NEW_TRIPLES_MIN: Final = 0.8
#: Share of the most frequent step between bytes at one distance; a series of letters raises it.
_SAME_STEP_MAX: Final = 0.4
_DISTANCES: Final = (1, 2, 3, 4)
#: Share of the steps that go up, or that go down; sorted bytes raise it.
_ONE_WAY_MAX: Final = 0.8
#: Share of the bytes in a run of one of these rows.
_ROW_SHARE_MAX: Final = 0.5
_ROW_RUN: Final = 4
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyzåäö",
    "01234567890123456789",
    "qwertyuiopåasdfghjklöäzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_RUNS: Final = frozenset(
    way[at : at + _ROW_RUN]
    for row in _ROWS
    for way in (row, row[::-1])
    for at in range(len(row) - _ROW_RUN + 1)
)
_WORD: Final = r"(?:[a-zåäö]{2,}|[A-ZÅÄÖ][a-zåäö]+|[A-ZÅÄÖ]{2,}|[A-Za-z]?[0-9]{1,4})"
#: Four words or more and what stands between them: a sentence, which people can guess.
_WORDS: Final = re.compile(rf"{_WORD}(?:[ ._,;:+/-]{{1,2}}{_WORD}){{3,}}[.!?]*")
_DEPTH_MAX: Final = 3
_OTHERS: Final = 0o077


_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2})+")


def _bare(form: bytes) -> bytes:
    """Without what stands around a secret, or between the pairs or groups of its hex digits."""
    bare = form.strip(b" \t\r\n\0\"'").removeprefix(b"0x")
    digits = re.sub(rb"[: -]", b"", bare)
    return digits if _HEX.fullmatch(digits) else bare


def _decoded(text: bytes) -> bytes | None:
    """What a text in hex, base32, base64 or UTF-16 stands for; None: it is none of them.

    The narrowest alphabet counts: random hex digits read as base64 give bytes with a pattern.
    """
    if _HEX.fullmatch(text):
        return bytes.fromhex(text.decode())
    bare = text.rstrip(b"=")
    if re.fullmatch(rb"[A-Z2-7]+|[a-z2-7]+", bare) and len(bare) % 8 in {0, 2, 4, 5, 7}:
        return b32decode(bare + b"=" * (-len(bare) % 8), casefold=True)
    if re.fullmatch(rb"[A-Za-z0-9+/]+|[A-Za-z0-9_-]+", bare) and len(bare) % 4 != 1:
        return b64decode(bare.translate(_TO_BASE64) + b"=" * (-len(bare) % 4))
    plain = text.replace(b"\0", b"")
    return plain if len(plain) * 2 == len(text) else None


_TO_BASE64: Final = bytes.maketrans(b"-_", b"+/")


def _forms(secret: bytes) -> Iterator[bytes]:
    """The secret, what it decodes to, and so on; blanks, quotes and zeros around do not count."""
    form: bytes | None = secret
    for _ in range(_DEPTH_MAX + 1):
        if not form:
            return
        bare = _bare(form)
        yield bare
        form = _decoded(bare)


def _folded(secret: bytes) -> set[bytes]:
    return {form.lower() for form in _forms(secret) if len(form) >= _JUDGED_BYTES_MIN}


def _is_published(secret: bytes) -> bool:
    """Whether it contains a published key, in any case, forwards or backwards."""
    keys = KeyRing.published_test_keys()
    known = [key.lower() for key in (*keys.exchange_keys.values(), *keys.statistics_keys.values())]
    return any(key in form or key[::-1] in form for form in _folded(secret) for key in known)


def _is_weak(secret: bytes) -> bool:
    """Whether one of its forms has too few different bytes, a series, or a repeated pattern."""
    return any(
        _few_bits(form) or _repeats(form) or _is_series(form) or _is_typed(form)
        for form in _forms(secret)
        if len(form) >= _JUDGED_BYTES_MIN
    )


def _few_bits(form: bytes) -> bool:
    size = len(form)
    bits = -sum(count * log2(count / size) for count in Counter(form).values())
    return bits < min(_BITS_MIN, _BITS_SHARE_MIN * size * log2(size))


def _repeats(form: bytes) -> bool:
    triples = len(form) - 2
    return len({form[at : at + 3] for at in range(triples)}) < _NEW_TRIPLES_MIN * triples


def _is_series(form: bytes) -> bool:
    steps = len(form) - 1
    up = sum(one <= two for one, two in pairwise(form))
    down = sum(one >= two for one, two in pairwise(form))
    if max(up, down) > _ONE_WAY_MAX * steps:
        return True
    return any(
        max(Counter((two - one) % 256 for one, two in zip(form, form[far:], strict=False)).values())
        > _SAME_STEP_MAX * (len(form) - far)
        for far in _DISTANCES
    )


def _is_typed(form: bytes) -> bool:
    """Whether it is words, or runs along the alphabet, the digits or the keyboard."""
    text = form.decode(errors="replace")
    if _WORDS.fullmatch(text):
        return True
    text = text.lower()
    along: set[int] = set()
    for at in range(len(text) - _ROW_RUN + 1):
        if text[at : at + _ROW_RUN] in _RUNS:
            along.update(range(at, at + _ROW_RUN))
    return len(along) > _ROW_SHARE_MAX * len(text)


def faults_of_keys(keys: KeyRing) -> Iterator[str]:
    """Why these keys are unfit for production; nothing when they are fit."""
    named = [
        *((f"exchange key {name}", name, own) for name, own in keys.exchange_keys.items()),
        *((f"statistics key {name}", name, own) for name, own in keys.statistics_keys.items()),
    ]
    for label, _, secret in named:
        if _is_published(secret):
            yield f"The {label} is a published test key, which everybody knows; {_NEW}."
        elif len(secret) < SECRET_BYTES_MIN:
            yield (
                f"The {label} has {len(secret)} bytes, but production needs at least"
                f" {SECRET_BYTES_MIN}; {_NEW}."
            )
        elif _is_weak(secret):
            yield f"The {label} has too little variety, so that it can be guessed; {_NEW}."
    for (one, id_one, first), (two, id_two, second) in combinations(named, 2):
        if id_one == id_two:
            yield f"The key id {id_one} is used twice ({one}, {two}); give each key its own id."
        if first == second or _folded(first) & _folded(second):
            yield f"The {one} and the {two} have the same secret; {_NEW} for one of them."


def faults_of_file(path: Path, setting: str) -> Iterator[str]:
    """Who besides this process could read the file with a secret or put another in its place.

    Raises:
        OSError: the file is not there.
    """
    target = path.resolve()
    status = target.stat()
    owners = {0, os.geteuid()}
    named = f"The file {path} of {setting}"
    if not stat.S_ISREG(status.st_mode):
        yield f"{named} is no ordinary file; name one that only its owner can read."
        return
    if status.st_mode & _OTHERS:
        yield (
            f"{named} has mode {stat.S_IMODE(status.st_mode):04o}, so that others can read or"
            f" change it; run `chmod 600 {target}`."
        )
    if status.st_uid not in owners:
        yield (
            f"{named} belongs to user {status.st_uid}, but the process runs as {os.geteuid()}; run"
            f" `chown {os.geteuid()} {target}`."
        )
    for folder in dict.fromkeys((*path.absolute().parents, *target.parents)):
        mode = folder.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            yield (
                f"{named} can be replaced by others, who can write to {folder}; run"
                f" `chmod o-w {folder}`, or keep the file elsewhere."
            )
            return
