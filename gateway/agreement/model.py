"""The exchange agreement as validated data (contract section 6)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.registry import BY_NAME
from schemas.topics import FAMILIES

DEFAULT_FILE: Final = Path(__file__).with_name("default.toml")
_EPOCH: Final = date(1970, 1, 1).toordinal()
#: Hex digits of the hash that stand behind the version.
_HASH_DIGITS: Final = 8
_GROUND: Final = re.compile(r"none|consent:[a-z_]+|statute:\S+")


class AgreementError(Exception):
    """The agreement cannot be used; the text says what is wrong and what to do."""


def _known_ground(ground: str) -> str:
    if not _GROUND.fullmatch(ground):
        raise ValueError('a ground is "none", "consent:<purpose>" or "statute:<reference>"')
    return ground


GroundText = Annotated[str, AfterValidator(_known_ground)]
Agency = Literal["fk", "af"]
_Days = Annotated[int, Field(ge=0, le=3650)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Part):
    """Durations in days; a count for `small_count`."""

    hold_days: Annotated[int, Field(ge=1, le=365)]
    late_days: _Days
    follow_up_interval_days: _Days
    offer_after_decision_days: _Days
    dispute_days: _Days
    status_after_closing_days: _Days
    close_after_no_development_days: _Days
    stale_days: _Days
    sgi_days: _Days
    sgi_reminder_days: tuple[_Days, ...]
    small_count: _Days


class Dates(_Part):
    """The first day on which a dated rule holds."""

    af_path_closed: date
    revised_way_of_working: date
    quarter_rule_transition: date
    quarter_rule: date
    omstallningsmote: date
    outcome_required: date
    meetings_2024: date
    sgi_rule: date = date(2024, 1, 1)
    sgi_conditions: date
    #: BR-09 ends on this day; without it the rule has no end.
    workplace_insurance: date = date.max

    def day(self, name: str) -> int:
        """Days from 1970-01-01 to the named date.

        Raises:
            KeyError: the agreement has no such date.
        """
        return self._days[name]

    @cached_property
    def _days(self) -> dict[str, int]:
        return {name: value.toordinal() - _EPOCH for name, value in self}


class FamilyTerms(_Part):
    """What is agreed for the messages of one family."""

    grounds: Annotated[tuple[GroundText, ...], Field(min_length=1)]
    retention_days: Annotated[int, Field(ge=1)]
    receipt_within_seconds: Annotated[int, Field(ge=1)]
    versions: Annotated[tuple[int, ...], Field(min_length=1)]


class TypeTerms(_Part):
    """What is agreed differently for one message type."""

    grounds: Annotated[tuple[GroundText, ...], Field(min_length=1)] | None = None
    senders: Annotated[tuple[Agency, ...], Field(min_length=1)] | None = None
    versions: Annotated[tuple[int, ...], Field(min_length=1)] | None = None


class Shadow(_Part):
    """A rule set that is tried before it binds: only what it says otherwise.

    Its tables are those of the agreement. To let it bind, move them up and drop this one.
    """

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    limits: dict[str, Any] = {}
    dates: dict[str, Any] = {}
    families: dict[str, dict[str, Any]] = {}
    types: dict[str, dict[str, Any]] = {}


class Agreement(_Part):
    """The whole agreement; the part that decisions read is `gateway.domain.context.Terms`."""

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    title: str
    limits: Limits
    dates: Dates
    families: dict[str, FamilyTerms]
    types: dict[str, TypeTerms] = {}
    shadow: Shadow | None = None

    @model_validator(mode="after")
    def _complete(self) -> Agreement:
        missing = sorted(set(FAMILIES) ^ set(self.families))
        if missing:
            raise ValueError(f"families must be exactly {', '.join(FAMILIES)}: see {missing[0]}")
        unknown = sorted(set(self.types) - set(BY_NAME))
        if unknown:
            raise ValueError(f"there is no message type {unknown[0]}")
        try:
            self.in_shadow  # noqa: B018 - a shadow that cannot be used is found at the start
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"shadow is wrong at {place}: {first['msg']}") from None
        return self

    @property
    def rules_version(self) -> str:
        """What receipts, audit and `/ready` name: the version, `+`, 8 hex digits of the content."""
        return f"{self.version}+{self.content_hash}"

    @cached_property
    def content_hash(self) -> str:
        """The first 8 hex digits of the SHA-256 of what is agreed.

        Of the values, as JSON with sorted names: comments, blanks, order and quotes of the file do
        not matter, nor whether a default is written down. The version stands beside the hash, and a
        shadow binds nobody, so neither is part of it.
        """
        agreed = self.model_dump(mode="json", exclude={"version", "shadow"}, exclude_defaults=True)
        canonical = orjson.dumps(agreed, option=orjson.OPT_SORT_KEYS)
        return sha256(canonical).hexdigest()[:_HASH_DIGITS]

    @cached_property
    def in_shadow(self) -> Agreement | None:
        """The whole agreement as it would be with the shadow's rules, None without a shadow."""
        if self.shadow is None:
            return None
        tables = self.model_dump(exclude={"shadow"})
        return Agreement.model_validate(_over(tables, self.shadow.model_dump()))

    def grounds(self, type_name: str) -> tuple[str, ...]:
        """The grounds of a type, in the order in which they are tried."""
        return self._resolved[type_name][0]

    def may_send(self, agency: str, type_name: str) -> bool:
        """Whether an agency may send a type (BR-43)."""
        return agency in self._resolved[type_name][1]

    def accepts_version(self, type_name: str, version: int) -> bool:
        """Whether a schema version of a type is in force."""
        return version in self._resolved[type_name][2]

    @cached_property
    def _resolved(self) -> dict[str, tuple[tuple[str, ...], frozenset[str], tuple[int, ...]]]:
        resolved = {}
        for name, message_type in BY_NAME.items():
            family = self.families[message_type.family]
            own = self.types.get(name, TypeTerms())
            senders = frozenset(own.senders) if own.senders else message_type.senders
            resolved[name] = (
                own.grounds or family.grounds,
                senders,
                own.versions or family.versions,
            )
        return resolved


def _over(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Tables with other tables laid over them; a list or value is replaced as a whole."""
    merged = dict(base)
    for name, value in changes.items():
        below = merged.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[name] = _over(below, value)
        else:
            merged[name] = value
    return merged


def load(path: Path | None = None) -> Agreement:
    """The agreement in a TOML file, or the shipped default.

    Raises:
        AgreementError: one sentence naming the file, the place and the fault.
    """
    file = DEFAULT_FILE if path is None else path
    try:
        return Agreement.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise AgreementError(
            f"The agreement file {file} does not exist; name an existing one in SAMVERKAN_AGREEMENT"
            " or unset it to use the shipped default."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise AgreementError(
            f"The agreement file {file} cannot be read: {problem}; correct it or name another in"
            " SAMVERKAN_AGREEMENT."
        ) from None
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file as a whole"
        more = f" ({problem.error_count() - 1} more)" if problem.error_count() > 1 else ""
        raise AgreementError(
            f"The agreement file {file} is not valid at {place}: {first['msg']}{more}; correct it,"
            " or unset SAMVERKAN_AGREEMENT to use the shipped one."
        ) from None
