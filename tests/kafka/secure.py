"""A real Kafka that listens three ways: in plain text, signed on to over TLS, and by certificates.

The plain way is for the harness, which makes topics and reads; the others are what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import trustme
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.broker import BrokerInfo, start, stop
from gateway.broker.probe import free_ports, is_open
from gateway.shell.rights import Party, rights_of
from gateway.shell.settings import Settings

#: Everybody of whom `gateway.shell.rights` knows, each with the same password here.
PARTIES: Final[tuple[Party, ...]] = get_args(Party)
PASSWORD: Final = "a password, with its comma"
_CONTROLLER_OFFSET: Final = 10
_JAAS: Final = "org.apache.kafka.common.security"
_RESOURCES: Final = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
_OPERATIONS: Final = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}


@dataclass(frozen=True, slots=True)
class Secure:
    """The broker, and the files that a client of it needs."""

    info: BrokerInfo
    signed: str
    mutual: str
    authority: Path
    strangers: Path
    certificate: Path
    password: Path
    wrong_password: Path

    def by_password(self, party: Party, mechanism: str = "SCRAM-SHA-512") -> Mapping[str, str]:
        """Settings, without their prefix, of who signs on over TLS."""
        return {
            "BOOTSTRAP_SERVERS": self.signed,
            "SECURITY_PROTOCOL": "SASL_SSL",
            "TLS_CA_FILE": str(self.authority),
            "SASL_MECHANISM": mechanism,
            "SASL_USERNAME": party,
            "SASL_PASSWORD_FILE": str(self.password),
        }

    def by_certificate(self) -> Mapping[str, str]:
        """Settings, without their prefix, of the gateway that shows its certificate."""
        return {
            "BOOTSTRAP_SERVERS": self.mutual,
            "SECURITY_PROTOCOL": "SSL",
            "TLS_CA_FILE": str(self.authority),
            "TLS_CERTIFICATE_FILE": str(self.certificate),
        }


@contextmanager
def secure_kafka(folder: Path) -> Iterator[Secure]:
    """The broker, for the length of a `with` block."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    trustme.CA().cert_pem.write_to_path(folder / "strangers.pem")
    own = authority.issue_cert("gateway.example", common_name="gateway")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "gateway.pem")
    (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (folder / "wrong").write_text("guessed\n", encoding="utf-8")
    (folder / "broker.pem").write_bytes(_keystore(authority.issue_cert("127.0.0.1")))
    plain, signed, mutual = _ports()
    extra = _listeners(plain, signed, mutual, folder)
    info = start(port=plain, data_dir=folder / "kafka", prefer="jars", extra=extra, quick=True)
    try:
        _add_users(info.bootstrap)
        yield Secure(
            info,
            f"127.0.0.1:{signed}",
            f"127.0.0.1:{mutual}",
            folder / "authority.pem",
            folder / "strangers.pem",
            folder / "gateway.pem",
            folder / "password",
            folder / "wrong",
        )
    finally:
        stop(folder / "kafka", remove=True)


def _ports() -> list[int]:
    """Three free ones; the controller's, ten above the first, has to be free as well."""
    ports = free_ports(3)
    while is_open(ports[0] + _CONTROLLER_OFFSET) or ports[0] + _CONTROLLER_OFFSET in ports:
        ports = free_ports(3)
    return ports


def _keystore(issued: trustme.LeafCert) -> bytes:
    """Key and certificates in one file; Kafka takes a key in PKCS 8 only."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return own + b"".join(blob.bytes() for blob in issued.cert_chain_pems)


def _listeners(plain: int, signed: int, mutual: int, folder: Path) -> dict[str, str]:
    ways = {"PLAINTEXT": plain, "SIGNED": signed, "MUTUAL": mutual}
    advertised = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ways.items())
    controller = f"CONTROLLER://127.0.0.1:{plain + _CONTROLLER_OFFSET}"
    return {
        "listeners": f"{advertised},{controller}",
        "advertised.listeners": advertised,
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SIGNED:SASL_SSL,MUTUAL:SSL"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "authority.pem"),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.mutual.ssl.principal.mapping.rules": "RULE:^.*CN=([a-z]+).*$/$1/",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The harness, and the nodes among themselves.
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.signed.scram-sha-512.sasl.jaas.config": (
            f"{_JAAS}.scram.ScramLoginModule required;"
        ),
        "listener.name.signed.plain.sasl.jaas.config": (
            f"{_JAAS}.plain.PlainLoginModule required"
            + "".join(f' user_{party}="{PASSWORD}"' for party in PARTIES)
            + ";"
        ),
    }


def _add_users(bootstrap: str) -> None:
    """Who may sign on by challenge and response; PLAIN knows its own from the settings."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    proof = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    wanted = [UserScramCredentialUpsertion(party, proof, PASSWORD.encode()) for party in PARTIES]
    for done in admin.alter_user_scram_credentials(wanted).values():
        done.result(20)


def grant(bootstrap: str, settings: Settings) -> None:
    """Give every party its rights, as `samverkan topics rights` would have it."""
    wanted = [
        AclBinding(
            _RESOURCES[right.resource],
            right.name,
            ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL,
            f"User:{party}",
            "*",
            _OPERATIONS[operation],
            AclPermissionType.ALLOW,
        )
        for party in PARTIES
        for right in rights_of(party, settings)
        for operation in right.operations
    ]
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for done in admin.create_acls(wanted).values():
        done.result(20)
