"""How every client reaches the brokers: where they are, encrypted or not, and as whom.

One value says it for both: FastStream's security object, from which FastStream itself derives the
options of aiokafka (decision 0020).
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from gateway.shell.key_checks import faults_of_file
from gateway.shell.settings import PREFIX, Settings, UserError

_MECHANISMS: Final = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}
_ASK_MS: Final = 10_000


def security_of(settings: Settings) -> BaseSecurity | None:
    """What FastStream has to know to speak with the brokers; None for plain text.

    Raises:
        UserError: a file cannot be used, a setting lacks what belongs to it, or production
            would connect in plain text without `SAMVERKAN_ALLOW_PLAINTEXT=yes`.
    """
    protocol = settings.security_protocol
    encrypted = protocol.endswith("SSL")
    if not encrypted and settings.profile == "production" and settings.allow_plaintext == "no":
        raise UserError(
            f"{PREFIX}SECURITY_PROTOCOL is {protocol}, which sends personal data in plain text; set"
            f" SASL_SSL or SSL, or {PREFIX}ALLOW_PLAINTEXT=yes where the network itself is"
            " protected."
        )
    if settings.profile == "production":
        _only_ours(settings, "tls_key_file", "sasl_password_file")
    _only_with("TLS", encrypted, settings, "tls_ca_file", "tls_certificate_file", "tls_key_file")
    signed_on = protocol.startswith("SASL")
    _only_with("SASL", signed_on, settings, "sasl_username", "sasl_password_file")
    if protocol == "PLAINTEXT":
        return None
    context = _tls(settings) if encrypted else None
    if not signed_on:
        return BaseSecurity(ssl_context=context)
    if settings.sasl_username is None or settings.sasl_password_file is None:
        raise UserError(
            f"{PREFIX}SECURITY_PROTOCOL is {protocol}, which needs a name and a password; set"
            f" {PREFIX}SASL_USERNAME and {PREFIX}SASL_PASSWORD_FILE."
        )
    password = _password(settings.sasl_password_file)
    kind = _MECHANISMS[settings.sasl_mechanism]
    return kind(settings.sasl_username, password, ssl_context=context)


def client_options(settings: Settings) -> dict[str, Any]:
    """What every aiokafka client begins with: addresses and, where wanted, TLS and SASL.

    Raises:
        UserError: as `security_of`.
    """
    servers = {"bootstrap_servers": settings.bootstrap_servers}
    return {**servers, **parse_security(security_of(settings))}


async def refused(settings: Settings) -> UserError | None:
    """Why the first broker does not let in who asks as the settings say; None: that is not known.

    aiokafka only says that it could connect to none. In plain text nobody is turned away.
    """
    why = None if settings.security_protocol == "PLAINTEXT" else await _why(settings)
    if why is None:
        return None
    return UserError(
        f"Kafka at {settings.bootstrap_servers} does not let this process in ({why}); correct"
        f" {PREFIX}SECURITY_PROTOCOL or the settings that belong to it."
    )


async def _why(settings: Settings) -> str | None:
    options = client_options(settings)
    host, _, port = options.pop("bootstrap_servers").split(",")[0].rpartition(":")
    try:
        connection = await create_conn(host, int(port), request_timeout_ms=_ASK_MS, **options)
    except ssl.SSLError as problem:
        return f"TLS: {problem.reason or problem}"
    except KafkaConnectionError:
        return "it ends the connection"
    except KafkaError as problem:
        # Its name alone: the text is the broker's.
        return type(problem).__name__
    except (OSError, TimeoutError, ValueError):
        return None
    connection.close()
    return None


def is_cancelled() -> bool:
    """Whether this task itself is cancelled, when a CancelledError has come out of something."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def stop(client: AIOKafkaConsumer) -> None:
    """Disconnect a consumer.

    aiokafka (0.14.0) cancels what it has asked for and waits for it; a request that has just
    failed and waits to be repeated lets that out as if the caller were cancelled. In a rebalance
    that would end aiokafka's own task for the group, without a word.
    """
    try:
        await client.stop()
    except asyncio.CancelledError:
        if is_cancelled():
            raise


def _only_with(what: str, used: bool, settings: Settings, *names: str) -> None:
    for name in names:
        if not used and getattr(settings, name) is not None:
            raise UserError(
                f"{PREFIX}{name.upper()} is set, but {PREFIX}SECURITY_PROTOCOL is"
                f" {settings.security_protocol}, which has no {what}; correct one of the two."
            )


def _only_ours(settings: Settings, *names: str) -> None:
    for name in names:
        file: Path | None = getattr(settings, name)
        if file is not None and file.exists():
            for text in faults_of_file(file, f"{PREFIX}{name.upper()}"):
                raise UserError(text)


def _tls(settings: Settings) -> ssl.SSLContext:
    """Server names are checked always; without a file of authorities the system's are trusted."""
    authorities, certificate = settings.tls_ca_file, settings.tls_certificate_file
    key = settings.tls_key_file
    if key is not None and certificate is None:
        raise UserError(
            f"{PREFIX}TLS_KEY_FILE is set without a certificate; set {PREFIX}TLS_CERTIFICATE_FILE."
        )
    try:
        context = ssl.create_default_context(cafile=authorities)
    except (OSError, ValueError) as problem:
        raise _unusable("TLS_CA_FILE", authorities, problem) from None
    try:
        if certificate is not None:
            # An empty password instead of a question on the terminal: nobody sits there.
            context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as problem:
        raise _unusable("TLS_CERTIFICATE_FILE", certificate, problem) from None
    return context


def _password(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as problem:
        raise _unusable("SASL_PASSWORD_FILE", file, problem) from None
    if not text:
        raise UserError(f"{PREFIX}SASL_PASSWORD_FILE names {file}, which is empty; fill it.")
    return text


def _unusable(name: str, file: Path | None, problem: Exception) -> UserError:
    """Of a file that is not text its bytes would be quoted; its kind is enough."""
    why = problem.strerror if isinstance(problem, OSError) else type(problem).__name__
    return UserError(f"{PREFIX}{name} names {file}, which cannot be used ({why}); correct it.")
