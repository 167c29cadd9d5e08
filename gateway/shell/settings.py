"""Settings: from the environment (prefix SAMVERKAN_) or a file, checked before anything starts.

Precedence: environment, then the TOML file named by SAMVERKAN_SETTINGS, then the default. A wrong
value stops the start with one sentence.
"""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.silence import EXIT_AWAY

PREFIX = "SAMVERKAN_"
#: Read elsewhere: this file's own name, the cache of a local Kafka's jars.
OTHER_VARIABLES: Final = frozenset({f"{PREFIX}{name}" for name in ("SETTINGS", "CACHE")})
#: The test harness's own, which its children inherit.
_OF_TESTS: Final = (f"{PREFIX}TEST_", f"{PREFIX}CHROMIUM")


class UserError(Exception):
    """Something the user has to put right; the text is one sentence that says what to do."""

    exit_code: ClassVar[int] = 1


class AwayError(UserError):
    """The brokers do not answer: nothing is wrong here, and the supervisor tries again (69)."""

    exit_code = EXIT_AWAY


class RefusedError(UserError):
    """A process that may not take part: exit 1 also when that is found in a rebalance."""


class Settings(BaseSettings):
    """Everything a process can be told from outside. Times are in the unit that ends the name."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    bootstrap_servers: Annotated[str, Field(min_length=3)] = "127.0.0.1:19092"
    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "samverkan-gateway"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    tls_ca_file: Path | None = None
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    sasl_username: Annotated[str, Field(min_length=1)] | None = None
    sasl_password_file: Path | None = None
    profile: Literal["local", "production"] = "local"
    allow_plaintext: Literal["no", "yes"] = "no"
    keys_file: Path | None = None
    agreement: Path | None = None
    replaces: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")] | None = None
    store: Path = Path(".samverkan/store")
    followup_group: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "samverkan-followup"
    ops_host: str = "127.0.0.1"
    ops_port: Annotated[int, Field(ge=0, le=65535)] = 0
    session_timeout_ms: Annotated[int, Field(ge=500, le=300_000)] = 10_000
    rebalance_timeout_ms: Annotated[int, Field(ge=1000, le=600_000)] = 60_000
    commit_timeout_ms: Annotated[int, Field(ge=500, le=60_000)] = 8_000
    transaction_timeout_ms: Annotated[int, Field(ge=1000, le=900_000)] = 30_000
    compression: Literal["none", "zstd", "lz4", "snappy"] = "none"
    express: Literal["auto", "off", "required"] = "auto"
    batch_records_max: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    park_after: Annotated[int, Field(ge=0, le=1000)] = 3
    parked_max: Annotated[int, Field(ge=0, le=10_000)] = 20
    audit_accepted: Annotated[str, Field(pattern=r"^(\d+:\d+(,\d+:\d+)*)?$")] = ""
    alarm_lag_records: Annotated[int, Field(ge=1)] = 100_000
    alarm_oldest_s: Annotated[int, Field(ge=1)] = 600
    alarm_state_mib: Annotated[int, Field(ge=1)] = 4096
    small_number_limit: Annotated[int, Field(ge=0, le=1000)] = 10
    disclosure: Literal["off", "on", "by_audience"] = "by_audience"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; no dotenv and no secrets folder: two places are enough."""
        file = os.environ.get(f"{PREFIX}SETTINGS")
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        if file is not None:
            sources = (*sources, TomlConfigSettingsSource(settings_cls, Path(file)))
        return sources


def load() -> Settings:
    """The settings in force.

    Raises:
        UserError: a value is wrong, unknown, or the settings file is not there.
    """
    file = os.environ.get(f"{PREFIX}SETTINGS")
    if file is not None and not Path(file).is_file():
        raise UserError(
            f"SAMVERKAN_SETTINGS names {file}, which is not a file; correct or unset it."
        )
    _refuse_misspelled()
    try:
        return _with_asserts(Settings())
    except ValidationError as problem:
        raise UserError(_sentence(problem.errors()[0], file)) from None
    except ValueError as problem:
        raise UserError(
            f"SAMVERKAN_SETTINGS names {file}, which is no TOML: {problem}; correct or unset it."
        ) from None


def _with_asserts(settings: Settings) -> Settings:
    """The settings, unless production runs without asserts: they are part of the guarantees."""
    if settings.profile == "production" and sys.flags.optimize:
        raise UserError(
            "The production profile runs with asserts only; unset PYTHONOPTIMIZE and start Python"
            " without -O."
        )
    return settings


def _refuse_misspelled() -> None:
    """A variable that nobody reads is a wish that nobody hears."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OF_TESTS):
            near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)[0]
            raise UserError(
                f"There is no setting {name}, but the environment has one: did you mean {near}?"
                " Rename or unset it; `samverkan settings` prints those there are."
            )


def _sentence(error: ErrorDetails, file: str | None) -> str:
    """What is wrong with a setting, and where to put it right."""
    name = f"{PREFIX}{'.'.join(str(part) for part in error['loc'])}".upper()
    if error["type"] == "extra_forbidden":
        return (
            f"There is no setting {name}, but {file} names it; remove it there: `samverkan"
            " settings` prints those there are."
        )
    place = "the environment" if name in os.environ else str(file)
    limits = error.get("ctx", {})
    match error["type"]:
        case "literal_error":
            wanted = str(limits["expected"])
        case "int_parsing" | "int_type":
            wanted = "a whole number"
        case "greater_than_equal":
            wanted = f"at least {limits['ge']}"
        case "less_than_equal":
            wanted = f"at most {limits['le']}"
        case "string_pattern_mismatch":
            wanted = f"of the form {limits['pattern']}"
        case _:
            return f"The setting {name} is wrong: {error['msg']}; correct or unset it in {place}."
    given = error["input"]
    return f"The setting {name} is {given!r} but must be {wanted}; correct or unset it in {place}."


def with_sources(settings: Settings) -> list[tuple[str, Any, str]]:
    """Name, value and source of every setting, for `samverkan settings`; no setting is a secret."""
    in_environment = EnvSettingsSource(Settings)()
    file = os.environ.get(f"{PREFIX}SETTINGS")
    in_file = TomlConfigSettingsSource(Settings, Path(file))() if file else {}
    rows = []
    for name, value in settings:
        if name in in_environment:
            source = "environment"
        elif name in in_file:
            source = f"file {file}"
        else:
            source = "default"
        rows.append((f"{PREFIX}{name.upper()}", value, source))
    return rows
