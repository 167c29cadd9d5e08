"""How clients reach the brokers: what follows from the settings, and what stops the start."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiokafka.errors import KafkaConnectionError

from gateway.shell import connection
from gateway.shell.assemble import parts
from gateway.shell.connection import client_options, refused, security_of
from gateway.shell.marks import mark
from gateway.shell.parking import Lot, Poison
from gateway.shell.settings import Settings, UserError, load, with_sources

PASSWORD = "hemligt"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(tmp_path: Path, authority: trustme.CA) -> Path:
    """A folder with everything that can be named, right and wrong."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own = authority.issue_cert("gateway.example")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    own.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    return tmp_path


def made(files: Path, **settings: str) -> Settings:
    """Settings; what ends in `_file` is a name in the folder."""
    named: dict[str, Any] = {
        name: files / text if name.endswith("_file") else text for name, text in settings.items()
    }
    return Settings(bootstrap_servers="one:9093,two:9093", **named)


def sentence(settings: Settings) -> str:
    with pytest.raises(UserError) as caught:
        security_of(settings)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert PASSWORD not in text
    return text


def test_without_a_word_clients_speak_plain_text(files: Path) -> None:
    assert client_options(made(files)) == {"bootstrap_servers": "one:9093,two:9093"}


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
def test_a_name_and_a_password_are_told_to_every_client(
    files: Path, protocol: str, mechanism: str
) -> None:
    options = client_options(
        made(
            files,
            security_protocol=protocol,
            sasl_mechanism=mechanism,
            sasl_username="gateway",
            sasl_password_file="password",
        )
    )
    context = options.pop("ssl_context")
    assert isinstance(context, ssl.SSLContext) == (protocol == "SASL_SSL")
    assert options == {
        "bootstrap_servers": "one:9093,two:9093",
        "security_protocol": protocol,
        "sasl_mechanism": mechanism,
        "sasl_plain_username": "gateway",
        "sasl_plain_password": PASSWORD,
    }


@pytest.mark.parametrize("key", [{"tls_key_file": "key.pem"}, {}])
def test_brokers_are_checked_by_name_and_by_the_authorities_named(
    files: Path, authority: trustme.CA, key: dict[str, str]
) -> None:
    certificate = "certificate.pem" if key else "both.pem"
    wanted = {"tls_ca_file": "ca.pem", "tls_certificate_file": certificate, **key}
    context = client_options(made(files, security_protocol="SSL", **wanted))["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    expected = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    assert context.get_ca_certs() == expected.get_ca_certs()


def test_without_a_file_of_authorities_the_systems_are_trusted(files: Path) -> None:
    context = client_options(made(files, security_protocol="SSL"))["ssl_context"]
    assert context.get_ca_certs() == ssl.create_default_context().get_ca_certs()


SIGNED = {"security_protocol": "SASL_SSL", "sasl_username": "gateway"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tls_ca_file": "ca.pem"}, "TLS_CA_FILE is set, but SAMVERKAN_SECURITY_PROTOCOL is"),
        ({"sasl_username": "gateway"}, "SASL_USERNAME is set, but"),
        ({"security_protocol": "SSL", "sasl_password_file": "password"}, "which has no SASL"),
        (SIGNED, "set SAMVERKAN_SASL_USERNAME and SAMVERKAN_SASL_PASSWORD_FILE"),
        ({**SIGNED, "sasl_password_file": "nowhere"}, "(No such file or directory)"),
        ({**SIGNED, "sasl_password_file": "empty"}, "which is empty"),
        ({**SIGNED, "sasl_password_file": "binary"}, "(UnicodeDecodeError)"),
        ({"security_protocol": "SSL", "tls_ca_file": "nowhere"}, "TLS_CA_FILE names"),
        ({"security_protocol": "SSL", "tls_ca_file": "binary"}, "TLS_CA_FILE names"),
        ({"security_protocol": "SSL", "tls_certificate_file": "ca.pem"}, "TLS_CERTIFICATE_FILE"),
        ({"security_protocol": "SSL", "tls_key_file": "key.pem"}, "without a certificate"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence_that_says_what_to_do(
    files: Path, settings: dict[str, str], said: str
) -> None:
    assert said in sentence(made(files, **settings))


def test_a_process_is_stopped_before_it_asks_any_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMVERKAN_SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(UserError, match="needs a name and a password"):
        parts()


def test_the_settings_that_are_printed_name_the_file_and_not_the_password(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMVERKAN_SASL_PASSWORD_FILE", str(files / "password"))
    assert PASSWORD not in repr(with_sources(load()))


async def test_a_password_that_is_gone_leaves_a_mark_out_and_hides_no_fault(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process is about to end with what really went wrong."""
    settings = made(files, **SIGNED, sasl_password_file="nowhere")
    poison = Poison(0, "k", "fk.out.plan/0/0", "RuntimeError")
    await mark(settings, poison, Lot().after(poison))
    assert "not written" in capsys.readouterr().err


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
async def test_of_a_broker_that_is_not_there_nothing_is_known(protocol: str) -> None:
    settings = Settings(bootstrap_servers="127.0.0.1:1", security_protocol=protocol)  # type: ignore[arg-type]  # one of its words
    assert await refused(settings) is None


async def test_a_connection_lost_in_plain_text_is_no_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that is killed while it is asked has turned nobody away."""

    async def lost(*_: Any, **__: Any) -> None:
        raise KafkaConnectionError

    monkeypatch.setattr(connection, "create_conn", lost)
    assert await refused(Settings()) is None
    assert "it ends the connection" in str(await refused(Settings(security_protocol="SSL")))
