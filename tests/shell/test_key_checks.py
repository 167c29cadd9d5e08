"""Production refuses keys that others know or can guess, and no key that is random."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from gateway.shell.key_checks import faults_of_file, faults_of_keys
from schemas.keys import KeyRing

GOOD = "qD7vN0cXyW3mZk5RtB9uLh2sFj8gPa6eQoIiTnUxMEw"
OTHER = "0f9Kd_2-bVxTq7Ls4WmYzRc8NgHu1JpEoAa6XiBtQkU"
PUBLISHED = "test-exchange-key-k1-not-secret!"

#: How people and tools write random bytes as a text.
FORMS: tuple[Callable[[bytes], str], ...] = (
    lambda raw: raw.hex(),
    lambda raw: raw.hex().upper(),
    lambda raw: raw.hex(":"),
    lambda raw: base64.b64encode(raw).decode(),
    lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
    lambda raw: base64.b32encode(raw).decode(),
    lambda raw: base64.b32encode(raw).decode().lower().rstrip("="),
    lambda raw: base64.b64encode(raw.hex().encode()).decode(),
    lambda raw: f"{uuid.UUID(bytes=raw[:16])}",
    lambda raw: raw[:16].hex(),
    lambda raw: base64.b64encode(raw[:24]).decode(),
    lambda raw: raw.decode("latin-1"),
)

WEAK = (
    "a" * 32,
    "ab" * 16,
    "changeme" * 4,
    "changeme-changeme-changeme-changeme",
    "ChangeMe1ChangeMe2ChangeMe3ChangeMe4",
    "abcdefghijklmnopqrstuvwxyz012345",
    "zyxwvutsrqponmlkjihgfedcba987654",
    "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeF",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH",
    "0123456789abcdef0123456789abcdef",
    "0123456789ABCDEFGHIJKLMNOPQRSTUV",
    "12345678901234567890123456789012",
    "1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p",
    "aabbccddeeffgghhiijjkkllmmnnoopp",
    "acegikmoqsuwyACEGIKMOQSUWY024680",
    "000102030405060708090a0b0c0d0e0f",
    bytes(range(32)).hex(),
    bytes(range(31, -1, -1)).hex(),
    bytes(range(0, 256, 8)).hex(":"),
    bytes(32).hex(),
    b"\xff".hex() * 32,
    "deadbeef" * 8,
    base64.b64encode(bytes(range(1, 33))).decode(),
    base64.b64encode(b"a" * 32).decode(),
    base64.b64encode(b"abcdefghijklmnopqrstuvwxyz012345".hex().encode()).decode(),
    base64.b32encode(b"secret" * 6).decode(),
    "".join(chr(n) for n in range(33, 65)),
    "".join(chr(n) for n in range(33, 126, 2)),
    "!!##%%''))++--//1133557799;;==??",
    (
        "\u0001\u0003\u0004\u0006\u0007\u0009\n\u000c\r\u000e\u0010\u0012\u0014\u0015\u0017\u0018"
        "\u0019\u001b\u001c\u001e !#%&(*+-/02"
    ),
    "qwertyuiopasdfghjklzxcvbnm123456",
    "qwertyuiopåasdfghjklöäzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9",
    "abcd7efgh2ijkl9mnop4qrst6uvwx8yz",
    "correct-horse-battery-staple-of-fk",
    "another-exchange-key-of-32-bytes",
    "the secret of the two agencies 2026",
    "This_Is_The_Key_Of_The_Installation!",
    "Samverkan-Exchange-Key-K1-2026-Prod",
    "s" * 31 + "t",
    "password" + "1" * 24,
    "x" * 43,
    "abcabdabeabfabgabhabiabjabkablabm",
)

KNOWN = (
    PUBLISHED,
    "test-statistics-key-s1-no-secret",
    f" {PUBLISHED}\n",
    PUBLISHED.upper(),
    f"{PUBLISHED}-production",
    f"{GOOD}{PUBLISHED}",
    PUBLISHED[::-1],
    PUBLISHED.encode().hex(),
    base64.b64encode(PUBLISHED.encode()).decode(),
    base64.b32encode(PUBLISHED.encode()).decode(),
    base64.b64encode(PUBLISHED.encode().hex().encode()).decode(),
)


def faults(exchange: dict[str, str], statistics: dict[str, str] | None = None) -> list[str]:
    ring = KeyRing(
        {name: secret.encode() for name, secret in exchange.items()},
        {name: secret.encode() for name, secret in (statistics or {}).items()},
    )
    told = list(faults_of_keys(ring))
    for text in told:
        assert text.endswith(".")
        assert not any(secret.strip() in text for secret in exchange.values())
    return told


@pytest.mark.unmeasured
@pytest.mark.parametrize("form", range(len(FORMS)))
def test_no_random_secret_is_refused(form: int) -> None:
    """20,160 draws of all forms together, four of them in a file each time."""
    drawn = Random(form)
    secrets = iter(lambda: FORMS[form](drawn.randbytes(32)), None)
    for _ in range(420):
        named = {f"k{n}": secret for n, secret in enumerate(islice(secrets, 4))}
        assert faults(named) == [], named


@pytest.mark.parametrize("secret", WEAK)
def test_a_secret_with_a_pattern_is_refused(secret: str) -> None:
    told = faults({"k1": secret if len(secret.encode()) > 31 else secret + "!" * 4})
    assert told == [
        (
            "The exchange key k1 has too little variety, so that it can be guessed; make keys with"
            " `samverkan keys new`."
        )
    ]


@pytest.mark.parametrize("secret", KNOWN)
def test_a_published_key_is_refused_however_it_is_written(secret: str) -> None:
    for told in (faults({"k1": secret}), faults({"k1": GOOD}, {"s1": secret})):
        assert len(told) == 1
        assert "is a published test key, which everybody knows" in told[0]


@pytest.mark.parametrize("size", [16, 24, 31])
def test_a_secret_of_less_than_32_bytes_is_refused(size: int) -> None:
    assert faults({"k1": GOOD[:size]}) == [
        (
            f"The exchange key k1 has {size} bytes, but production needs at least 32; make keys"
            " with `samverkan keys new`."
        )
    ]
    assert faults({"k1": GOOD[:32]}) == []


@pytest.mark.parametrize(
    "second",
    [
        GOOD,
        f" {GOOD}",
        f"{GOOD}=",
        GOOD.upper(),
        base64.b64decode(GOOD + "=").hex(),
        base64.b64encode(GOOD.encode()).decode(),
    ],
)
def test_one_secret_for_two_keys_is_refused(second: str) -> None:
    told = "The exchange key k1 and the {} have the same secret; "
    assert faults({"k1": GOOD, "k2": second})[0].startswith(told.format("exchange key k2"))
    assert faults({"k1": GOOD}, {"s1": second})[0].startswith(told.format("statistics key s1"))


def test_one_id_for_two_keys_is_refused() -> None:
    assert faults({"k1": GOOD}, {"k1": OTHER}) == [
        (
            "The key id k1 is used twice (exchange key k1, statistics key k1); give each key its"
            " own id."
        )
    ]
    assert faults({"k1": GOOD}, {"s1": OTHER}) == []


def named(path: Path) -> list[str]:
    return list(faults_of_file(path, "SAMVERKAN_KEYS_FILE"))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "own" / "keys.json"
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o600)
    return file


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o602, 0o610])
def test_a_file_that_others_can_use_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert f"has mode {mode:04o}, so that others can read or change it" in named(key_file)[0]
    link = key_file.with_name("link.json")
    link.symlink_to(key_file)
    assert f"run `chmod 600 {key_file}`." in named(link)[0]


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_of_its_owner_alone_is_taken(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert named(key_file) == []


def test_a_file_that_others_can_replace_is_refused(key_file: Path) -> None:
    key_file.parent.chmod(0o777)
    assert f"run `chmod o-w {key_file.parent}`" in named(key_file)[0]
    key_file.parent.chmod(0o1777)
    assert named(key_file) == []


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, mode=0o600)
    assert "is no ordinary file" in named(pipe)[0]
    assert "is no ordinary file" in named(tmp_path)[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(key_file: Path) -> None:
    os.chown(key_file, 12345, -1)
    assert "belongs to user 12345" in named(key_file)[0]
