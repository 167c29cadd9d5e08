"""Finds Java and fetches Kafka's jars from Maven Central into a cache, once.

Rules: the jars count only when a stamp written last says so and every file it names is there with
its size; they are fetched into a side folder that takes the final name in one step, under a lock,
so that two starts at once, or a cut line, never leave half a Kafka.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gateway.broker.info import KAFKA_VERSION, BrokerError
from gateway.broker.state import exclusive

KAFKA_FILES = Path(__file__).parent / "kafka"
JAVA_MIN = 17
_DOWNLOAD_LIMIT_S = 600
_STAMP = "complete.json"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A Java and a folder of Kafka's jars: what it takes to run Kafka's programs."""

    java: str
    libs: Path

    def format_command(self, log: Path) -> list[str]:
        """The command of Kafka's storage tool, without its arguments."""
        return [
            self.java,
            "-Xshare:auto",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            *self._common(log),
            "kafka.tools.StorageTool",
        ]

    def node_command(self, *, heap: str, quick: bool, log: Path, mark: str) -> list[str]:
        """The command of a broker, without its settings file.

        ``quick`` stops at the first compiler: 0.5 s sooner up and half the processor time of a
        short test, but a third of the speed later. ``mark`` is a ``-D`` option and comes first.
        A broker beside its clients has no cores to spare for a collector that works meanwhile:
        with Java's parallel one the median latency at half of the maximum was a fifth lower than
        with G1.
        """
        collector = "Serial" if quick else "Parallel"
        return [
            self.java,
            mark,
            f"-Xmx{heap}",
            f"-XX:+Use{collector}GC",
            *(["-XX:TieredStopAtLevel=1"] if quick else []),
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={log.with_suffix('.crash')}",
            *self._common(log),
            "kafka.Kafka",
        ]

    def _common(self, log: Path) -> list[str]:
        return [
            "-Djava.awt.headless=true",
            f"-Dsamverkan.log={log}",
            f"-Dlog4j2.configurationFile={KAFKA_FILES / 'log4j2.properties'}",
            "-cp",
            f"{self.libs}/*",
        ]


def find_runtime() -> Runtime:
    """A Java that is new enough and the jars, fetched if need be."""
    return Runtime(find_java(), fetch_jars(cache_dir()))


def find_java() -> str:
    """The path of a Java of version 17 or newer: from JAVA_HOME, else from PATH."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if program is None:
        where = f"in JAVA_HOME ({home})" if home else "on PATH"
        raise BrokerError(
            f"No java was found {where}; install Java {JAVA_MIN} or newer, or name a running "
            "Kafka in SAMVERKAN_BOOTSTRAP_SERVERS."
        )
    try:
        said = subprocess.run(
            [program, "-version"], check=False, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrokerError(
            f"{program} does not run ({type(error).__name__}); repair the Java installation."
        ) from error
    version = java_version(said.stderr + said.stdout)
    if version < JAVA_MIN:
        found = str(version) if version else "an unknown version"
        raise BrokerError(
            f"{program} is Java {found}, but Kafka {KAFKA_VERSION} needs {JAVA_MIN} or newer; "
            "install it and point JAVA_HOME or PATH to it."
        )
    return program


def java_version(text: str) -> int:
    """The major version in the output of ``java -version``; 0 when it names none."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match.group(1)) if match else 0


def cache_dir() -> Path:
    """Where the jars are kept: below SAMVERKAN_CACHE, else below ~/.cache/samverkan."""
    root = os.environ.get("SAMVERKAN_CACHE")
    base = Path(root) if root else Path.home() / ".cache" / "samverkan"
    return base.absolute() / f"kafka-{KAFKA_VERSION}"


def fetch_jars(cache: Path) -> Path:
    """The folder ``cache/libs`` with all of Kafka's jars, fetched with Maven if need be."""
    libs = cache / "libs"
    if _complete(libs):
        return libs
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrokerError(
            f"The cache folder {cache} cannot be made ({error.strerror}); name another in "
            "SAMVERKAN_CACHE."
        ) from error
    with exclusive(cache / "lock"):
        if not _complete(libs):
            _download(cache, libs)
    return libs


def _pom_hash() -> str:
    return hashlib.sha256((KAFKA_FILES / "pom.xml").read_bytes()).hexdigest()


def _complete(libs: Path) -> bool:
    try:
        stamp = json.loads((libs / _STAMP).read_bytes())
        wanted = dict(stamp["jars"])
        present = {jar.name: jar.stat().st_size for jar in libs.glob("*.jar")}
        return bool(wanted) and stamp["pom"] == _pom_hash() and present == wanted
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _download(cache: Path, libs: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(
            "No mvn was found on PATH, and Kafka's jars are not in the cache yet; install Maven, "
            "or name a running Kafka in SAMVERKAN_BOOTSTRAP_SERVERS."
        )
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as side:
        # The pom is copied, because a package may be installed where Maven must not write.
        pom = shutil.copy(KAFKA_FILES / "pom.xml", side)
        fresh = Path(side) / "libs"
        _run_maven(
            [maven, "-q", "-B", "-C", "-f", pom, "dependency:copy-dependencies",
             f"-DoutputDirectory={fresh}"],
            cache / "maven.log",
        )  # fmt: skip
        jars = {jar.name: jar.stat().st_size for jar in fresh.glob("*.jar")}
        if f"kafka_2.13-{KAFKA_VERSION}.jar" not in jars:
            raise BrokerError(
                f"Maven ended without Kafka {KAFKA_VERSION} among {len(jars)} jars; "
                f"see {cache / 'maven.log'}."
            )
        (fresh / _STAMP).write_text(json.dumps({"pom": _pom_hash(), "jars": jars}))
        shutil.rmtree(libs, ignore_errors=True)
        fresh.rename(libs)


def _run_maven(command: list[str], log: Path) -> None:
    try:
        with log.open("wb") as output:
            code = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_DOWNLOAD_LIMIT_S,
            ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrokerError(
            f"Maven could not fetch Kafka's jars ({type(error).__name__}); see {log}, then try "
            "again."
        ) from error
    if code != 0:
        raise BrokerError(
            f"Maven could not fetch Kafka's jars (exit code {code}); see {log}, check the network "
            "or Maven's mirror settings, then try again."
        )
