"""Settings: where each comes from, and one sentence for whatever is wrong (contract section 10)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.shell.assemble import keys_for, parts
from gateway.shell.settings import PREFIX, Settings, UserError, load, with_sources
from schemas.keys import KeyRing
from tests.dsl import EXAMPLES


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch):
    """Whatever the developer has set does not count here."""
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def sentence(caught: pytest.ExceptionInfo[UserError]) -> str:
    text = str(caught.value)
    assert "\n" not in text
    assert text[0].isupper()
    assert text.endswith(".")
    return text


def test_the_defaults_are_those_of_the_contract():
    settings = load()
    assert settings.bootstrap_servers == "127.0.0.1:19092"
    assert settings.group == "samverkan-gateway"
    assert settings.profile == "local"
    assert settings.session_timeout_ms == 10_000
    assert (settings.keys_file, settings.agreement) == (None, None)
    assert settings.express == "auto"
    assert {source for _, _, source in with_sources(settings)} == {"default"}


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "settings.toml"
    file.write_text('group = "from-file"\nprofile = "production"\n', encoding="utf-8")
    monkeypatch.setenv("SAMVERKAN_SETTINGS", str(file))
    monkeypatch.setenv("SAMVERKAN_GROUP", "from-environment")
    settings = load()
    assert (settings.group, settings.profile) == ("from-environment", "production")
    sources = {name: (value, source) for name, value, source in with_sources(settings)}
    assert sources["SAMVERKAN_GROUP"] == ("from-environment", "environment")
    assert sources["SAMVERKAN_PROFILE"] == ("production", f"file {file}")
    assert sources["SAMVERKAN_OPS_PORT"][1] == "default"


def test_every_setting_is_listed_with_its_name_in_the_environment():
    names = {name for name, _, _ in with_sources(load())}
    assert names == {f"SAMVERKAN_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAMVERKAN_PROFILE", "staging"),
        ("SAMVERKAN_GROUP", "two words"),
        ("SAMVERKAN_SESSION_TIMEOUT_MS", "soon"),
        ("SAMVERKAN_SESSION_TIMEOUT_MS", "1"),
        ("SAMVERKAN_OPS_PORT", "70000"),
        ("SAMVERKAN_BOOTSTRAP_SERVERS", ""),
        ("SAMVERKAN_EXPRESS", "on"),
    ],
)
def test_a_wrong_value_is_named_and_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as caught:
        load()
    assert name in sentence(caught)
    assert "correct or unset it" in sentence(caught)


@pytest.mark.parametrize("value", ["auto", "off", "required"])
def test_the_express_lane_can_be_left_out_or_asked_for(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("SAMVERKAN_EXPRESS", value)
    assert load().express == value


def test_a_settings_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMVERKAN_SETTINGS", "none.toml")
    with pytest.raises(UserError) as caught:
        load()
    assert "none.toml, which is not a file; correct or unset it." in sentence(caught)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SAMVERKAN_GRUOP", "SAMVERKAN_GROUP"),
        ("SAMVERKAN_BOOTSTRAP_SERVER", "SAMVERKAN_BOOTSTRAP_SERVERS"),
        ("SAMVERKAN_SETTING", "SAMVERKAN_SETTINGS"),
        ("SAMVERKAN_", "SAMVERKAN_"),
    ],
)
def test_a_misspelled_variable_stops_the_start_and_the_nearest_is_named(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: str
):
    monkeypatch.setenv(written, "x")
    with pytest.raises(UserError) as caught:
        load()
    told = str(caught.value)
    assert told.startswith(f"There is no setting {written}, but the environment has one: did you")
    assert f"did you mean {meant}" in told


@pytest.mark.parametrize("name", ["SAMVERKAN_CACHE", "SAMVERKAN_TEST_KAFKA_DIR"])
def test_what_is_read_elsewhere_is_no_misspelling(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(name, "x")
    assert load().group == "samverkan-gateway"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('gruop = "x"', "SAMVERKAN_GRUOP"),
        ("group = ", "settings.toml"),
        ("session_timeout_ms = 1", "SAMVERKAN_SESSION_TIMEOUT_MS"),
    ],
)
def test_a_settings_file_with_a_fault_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, told: str
):
    file = tmp_path / "settings.toml"
    file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("SAMVERKAN_SETTINGS", str(file))
    with pytest.raises(UserError) as caught:
        load()
    assert told in sentence(caught)


# -- keys and agreement


def test_locally_the_published_keys_do_and_the_user_is_warned():
    assert keys_for(load()) == KeyRing.published_test_keys()
    assert any("key" in warning for warning in parts().warnings)


def test_production_has_keys_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMVERKAN_PROFILE", "production")
    monkeypatch.setenv("SAMVERKAN_SECURITY_PROTOCOL", "SSL")
    with pytest.raises(UserError) as caught:
        parts()
    assert "SAMVERKAN_KEYS_FILE" in sentence(caught)


def test_keys_are_read_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMVERKAN_KEYS_FILE", str(EXAMPLES / "keys.json"))
    assert parts().keys == KeyRing.load(EXAMPLES / "keys.json")


def test_production_does_not_connect_in_plain_text_unless_it_is_told_to(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SAMVERKAN_PROFILE", "production")
    for protocol in ("PLAINTEXT", "SASL_PLAINTEXT"):
        monkeypatch.setenv("SAMVERKAN_SECURITY_PROTOCOL", protocol)
        with pytest.raises(UserError) as caught:
            parts()
        assert f"SAMVERKAN_SECURITY_PROTOCOL is {protocol}, which sends" in sentence(caught)
    monkeypatch.setenv("SAMVERKAN_SECURITY_PROTOCOL", "PLAINTEXT")
    monkeypatch.setenv("SAMVERKAN_ALLOW_PLAINTEXT", "yes")
    with pytest.raises(UserError) as caught:
        parts()
    assert "SAMVERKAN_KEYS_FILE" in sentence(caught)


@pytest.mark.parametrize("name", ["TLS_KEY_FILE", "SASL_PASSWORD_FILE"])
def test_production_takes_no_secret_from_a_file_that_others_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    file = tmp_path / "secret"
    file.write_text("x")
    file.chmod(0o644)
    monkeypatch.setenv("SAMVERKAN_PROFILE", "production")
    monkeypatch.setenv("SAMVERKAN_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv(f"SAMVERKAN_{name}", str(file))
    with pytest.raises(UserError) as caught:
        parts()
    assert sentence(caught).startswith(f"The file {file} of SAMVERKAN_{name} has mode 0644")


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_keys_that_cannot_be_used_are_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
):
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("SAMVERKAN_KEYS_FILE", str(file))
    with pytest.raises(UserError) as caught:
        parts()
    assert "SAMVERKAN_KEYS_FILE cannot be used: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_agreement_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMVERKAN_AGREEMENT", "none.toml")
    with pytest.raises(UserError) as caught:
        parts()
    assert "none.toml does not exist" in sentence(caught)


def test_all_together_are_the_parts_of_a_process():
    fixed = parts()
    assert fixed.settings == load()
    assert fixed.agreement.version == "2026.1"
