"""What a machine lacks is said in one sentence; the jars are fetched once and whole."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from gateway.broker import java, start
from gateway.broker.info import BrokerError

KAFKA_JAR = "kafka_2.13-4.3.1.jar"


def script(folder: Path, name: str, body: str) -> Path:
    """An executable shell script ``name`` in ``folder``."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH; nothing is cached."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("SAMVERKAN_CACHE", str(tmp_path / "cache"))
    return folder


def maven(folder: Path, *jars: str, code: int = 0) -> Path:
    """An mvn that counts its calls and writes these jars where it is told to."""
    calls = folder / "calls"
    makes = "\n".join(f'/bin/echo content > "$out/{jar}"' for jar in jars)
    script(
        folder,
        "mvn",
        f'/bin/echo call >> "{calls}"\n'
        'for word in "$@"; do case "$word" in -DoutputDirectory=*) out="${word#*=}";; esac; done\n'
        f'/bin/mkdir -p "$out"\n/bin/sleep 0.2\n{makes}\nexit {code}',
    )
    return calls


def test_no_java_is_one_sentence(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"^No java was found on PATH; install Java 17 [^.]*\.$"):
        start(data_dir=tmp_path / "kafka", port=0)


def test_no_java_leaves_no_folder_of_a_passing_broker(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BrokerError):
        start(ephemeral=True)
    assert not list(tmp_path.glob("samverkan-kafka-*"))


def test_a_java_home_without_java_is_named(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(programs, "java", "exit 0")
    monkeypatch.setenv("JAVA_HOME", "/no/such/java")
    with pytest.raises(BrokerError, match=r"JAVA_HOME \(/no/such/java\)"):
        java.find_java()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "Java 11,"),
        ('java version "1.8.0_292"', "Java 8,"),
        ("what?", "Java an unknown version,"),
    ],
)
def test_an_old_java_is_one_sentence(programs: Path, said: str, found: str) -> None:
    script(programs, "java", f"echo '{said}' >&2")
    with pytest.raises(BrokerError, match=r"needs 17 or newer; .*\.$") as caught:
        java.find_java()
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version "21.0.1"', 21),
        ("", 0),
    ],
)
def test_the_version_is_read_from_what_java_says(said: str, version: int) -> None:
    assert java.java_version(said) == version


def test_a_java_that_does_not_run_is_one_sentence(programs: Path) -> None:
    path = programs / "java"
    path.write_bytes(b"\x7fELF no program")
    path.chmod(0o755)
    with pytest.raises(BrokerError, match=r"does not run \(OSError\); repair .*\.$"):
        java.find_java()


def test_no_maven_is_one_sentence(programs: Path) -> None:
    with pytest.raises(BrokerError, match=r"^No mvn was found on PATH, .*\.$"):
        java.fetch_jars(java.cache_dir())


def test_a_failed_download_is_one_sentence_and_leaves_nothing(programs: Path) -> None:
    maven(programs, code=1)
    with pytest.raises(BrokerError, match=r"\(exit code 1\); see .*maven\.log, .*\.$"):
        java.fetch_jars(java.cache_dir())
    assert not (java.cache_dir() / "libs").exists()
    assert not list(java.cache_dir().glob("fetch-*"))


def test_a_download_without_kafka_is_refused(programs: Path) -> None:
    maven(programs, "other.jar")
    with pytest.raises(BrokerError, match=r"without Kafka 4\.3\.1 among 1 jars; see .*\.$"):
        java.fetch_jars(java.cache_dir())


def test_the_jars_are_fetched_once(programs: Path) -> None:
    calls = maven(programs, KAFKA_JAR, "other.jar")
    libs = java.fetch_jars(java.cache_dir())
    assert java.fetch_jars(java.cache_dir()) == libs
    assert calls.read_text() == "call\n"
    assert json.loads((libs / "complete.json").read_text())["jars"].keys() == {
        KAFKA_JAR,
        "other.jar",
    }


def test_starts_at_the_same_time_fetch_once(programs: Path) -> None:
    calls = maven(programs, KAFKA_JAR)
    threads = [threading.Thread(target=java.fetch_jars, args=(java.cache_dir(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls.read_text() == "call\n"


@pytest.mark.parametrize("damage", ["cut", "missing", "extra", "stamp", "pom"])
def test_a_damaged_cache_is_fetched_again(
    programs: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """A cut jar, a lost one, a stranger, a broken stamp, or jars of another pom."""
    calls = maven(programs, KAFKA_JAR, "other.jar")
    libs = java.fetch_jars(java.cache_dir())
    match damage:
        case "cut":
            (libs / "other.jar").write_text("")
        case "missing":
            (libs / "other.jar").unlink()
        case "extra":
            (libs / "stranger.jar").write_text("x")
        case "stamp":
            (libs / "complete.json").write_text("{")
        case _:
            monkeypatch.setattr(java, "_pom_hash", lambda: "another")
    java.fetch_jars(java.cache_dir())
    assert calls.read_text() == "call\ncall\n"
    assert {path.name for path in libs.glob("*.jar")} == {KAFKA_JAR, "other.jar"}


def test_a_cache_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match=r"cannot be made .*SAMVERKAN_CACHE\.$"):
        java.fetch_jars(tmp_path / "file" / "cache")


def test_the_cache_is_below_home_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.fspath(Path("/somebody")))
    monkeypatch.delenv("SAMVERKAN_CACHE", raising=False)
    assert java.cache_dir() == Path("/somebody/.cache/samverkan/kafka-4.3.1")
