"""Person keys: the only form in which a person may appear outside a message body.

The exchange key and the statistics key are two secrets: who knows one cannot compute the keys
of the other, so that the statistics can be linked over time but not to the exchange
(contract sections 2, 7 and 8). Agencies hold exchange keys only. A key is base64url without
padding of the first 16 bytes of HMAC-SHA256, 22 ASCII characters.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

DEFAULT_KEY_ID: Final = "k1"
NO_PERSON_KEY: Final = "0" * 22
"""Record key of what concerns nobody in particular: refusal counters and anonymous facts."""

_SECRET_BYTES_MIN: Final = 16
_CACHE_ENTRIES_MAX: Final = 65_536
_REMEDY: Final = (
    'give a JSON file such as {"exchange_keys": {"k1": "…"}, "statistics_keys": {"s1": "…"}}'
)


def fingerprint(secret: bytes) -> str:
    """Return 8 hex digits that name a secret without showing it, the same everywhere."""
    return hashlib.sha256(b"samverkan key fingerprint\0" + secret).hexdigest()[:8]


def _keyed(secret: bytes) -> Callable[[str], str]:
    """Return text -> 22 characters for one secret; the keyed state is prepared once."""
    prepared = hmac.new(secret, digestmod=hashlib.sha256)

    def key_of(text: str) -> str:
        mac = prepared.copy()
        mac.update(text.encode())
        return urlsafe_b64encode(mac.digest()[:16])[:22].decode("ascii")

    return lru_cache(maxsize=_CACHE_ENTRIES_MAX)(key_of)


def _keyed_hex(secret: bytes) -> Callable[[str], str]:
    """Return text -> 32 hex digits for one secret: the first 16 bytes of its HMAC-SHA256."""
    prepared = hmac.new(secret, digestmod=hashlib.sha256)

    def id_of(text: str) -> str:
        mac = prepared.copy()
        mac.update(text.encode())
        return mac.hexdigest()[:32]

    return id_of


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The secrets of one installation, by key id.

    At most one statistics key is in force: a second one would break every series. The gateway
    needs it; an agency's file has none. Exchange keys may overlap while the agencies change key
    (`keyid` in the envelope says which was used).
    """

    exchange_keys: Mapping[str, bytes] = field(repr=False)
    statistics_keys: Mapping[str, bytes] = field(repr=False)
    _person: Mapping[str, Callable[[str], str]] = field(init=False, repr=False, compare=False)
    _statistics: Callable[[str], str] = field(init=False, repr=False, compare=False)
    _fact: Callable[[str], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.exchange_keys:
            raise ValueError(f"the key file names no exchange key: {_REMEDY}")
        if len(self.statistics_keys) > 1:
            raise ValueError(f"at most one statistics key can be in force: {_REMEDY}")
        for key_id, secret in (*self.exchange_keys.items(), *self.statistics_keys.items()):
            if len(secret) < _SECRET_BYTES_MIN:
                raise ValueError(
                    f"key {key_id} is shorter than {_SECRET_BYTES_MIN} bytes: {_REMEDY}"
                )
        exchange = {key_id: _keyed(secret) for key_id, secret in self.exchange_keys.items()}
        object.__setattr__(self, "_person", MappingProxyType(exchange))
        own = next(iter(self.statistics_keys.values()), None)
        object.__setattr__(self, "_statistics", _without_key if own is None else _keyed(own))
        object.__setattr__(self, "_fact", _without_key if own is None else _keyed_hex(own))

    def __repr__(self) -> str:
        """Return the key ids only; secrets are never shown."""
        exchange, statistics = sorted(self.exchange_keys), sorted(self.statistics_keys)
        return f"KeyRing(exchange_keys={exchange}, statistics_keys={statistics}, secrets masked)"

    @classmethod
    def load(cls, path: str | Path) -> KeyRing:
        """Read the keys from a JSON file.

        Raises:
            ValueError: the file is missing, no JSON, or not of the agreed shape; the text is one
                sentence that says what to do and shows no secret.
        """
        try:
            document = json.loads(Path(path).read_bytes(), object_pairs_hook=_each_name_once)
        except OSError as error:
            raise ValueError(f"the key file cannot be read ({error.strerror}): {_REMEDY}") from None
        except _TwiceError:
            raise ValueError(
                f"the key file has a name twice, a key id or a section: {_REMEDY}"
            ) from None
        except (ValueError, RecursionError):
            raise ValueError(f"the key file is not JSON: {_REMEDY}") from None
        exchange = _secrets(document, "exchange_keys")
        if "statistics_keys" not in document:
            return cls(exchange, MappingProxyType({}))
        return cls(exchange, _secrets(document, "statistics_keys"))

    @classmethod
    def published_test_keys(cls) -> KeyRing:
        """Return the keys that the contract publishes for tests; never for production."""
        return cls(
            exchange_keys={"k1": b"test-exchange-key-k1-not-secret!"},
            statistics_keys={"s1": b"test-statistics-key-s1-no-secret"},
        )

    def person_key(self, personal_number: str, keyid: str = DEFAULT_KEY_ID) -> str:
        """Return the 22-character record key of a 12-digit personal number.

        Raises:
            KeyError: no exchange key has the id `keyid`.
        """
        return self._person[keyid](personal_number)

    def statistics_key(self, personal_number: str) -> str:
        """Return the person's 22-character key in the follow-up stream (contract section 7).

        Raises:
            ValueError: these are an agency's keys, without a statistics key.
        """
        return self._statistics(personal_number)

    def statistics_pseudonym(self, kind: str, value: str) -> str:
        """Return a 22-character pseudonym of an agency's own id, such as a case id.

        `kind` keeps equal ids of different kinds apart (`case`, `gk`, `meeting`, ...).
        """
        return self._statistics(f"{kind}:{value}")

    def fact_id(self, person_key: str, source: str, message_id: str) -> str:
        """Return the 32 hex digits that name a message's fact (contract-2 F 1).

        HMAC-SHA256 over the three texts, one after the other with nothing between them: a key has
        22 characters and a message id 36, so that no two messages give the same text.
        """
        return self._fact(f"{person_key}{source}{message_id}")

    def quality_id(self, reference: str) -> str:
        """Return the 32 hex digits that name a quality fact; `reference` says what it counts."""
        return self._fact(reference)


class _TwiceError(ValueError):
    """An object of the key file has a name twice."""


def _each_name_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of the key file; of two equal names JSON would silently take the last."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise _TwiceError
    return dict(pairs)


def _without_key(_text: str) -> str:
    raise ValueError("the key file has no statistics key, which only the gateway needs")


def _secrets(document: object, name: str) -> Mapping[str, bytes]:
    """Return one section of the key file as id -> secret bytes, read-only."""
    section = document.get(name) if isinstance(document, dict) else None
    if not isinstance(section, dict) or not all(isinstance(s, str) for s in section.values()):
        raise ValueError(f"the key file has no object {name} of texts: {_REMEDY}")
    return MappingProxyType({key_id: secret.encode() for key_id, secret in section.items()})
