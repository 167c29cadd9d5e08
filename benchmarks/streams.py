"""The Kafka Streams peer: built once with Maven, and run as a process like a gateway.

Rules: what is built is kept in the cache of the broker's jars, under the hash of its sources, so
that nothing stale is ever measured; it is moved there in one step.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.child import Child
from benchmarks.kafka import Place
from gateway.broker import BrokerError
from gateway.broker.java import KAFKA_FILES, cache_dir, find_java
from schemas.topics import INPUT_TOPICS

_SOURCES: Final = Path(__file__).parent / "kafka_streams"
_BUILD_LIMIT_S: Final = 600
#: Where the shape of the gateway's outputs is kept for the peer, in the place's folder.
SHAPE: Final = "shape.json"


def built() -> Path:
    """The folder of the application's jars, built if need be.

    Raises:
        BrokerError: no Maven, or it failed.
    """
    target = cache_dir().parent / f"streams-peer-{_source_hash()}"
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError("The Kafka Streams peer needs Maven to be built; install mvn.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="streams-") as side:
        work = Path(side) / "work"
        shutil.copytree(_SOURCES, work)
        jars = Path(side) / "jars"
        goals = ["package", "dependency:copy-dependencies", "-DincludeScope=runtime"]
        done = subprocess.run(
            [maven, "-q", "-B", "-C", *goals, f"-DoutputDirectory={jars}"],
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_BUILD_LIMIT_S,
        )
        if done.returncode != 0:
            told = [line for line in done.stdout.splitlines() if "ERROR" in line]
            raise BrokerError(f"Maven could not build the Kafka Streams peer: {told[:1]}.")
        shutil.copy(next((work / "target").glob("kafka-streams-peer-*.jar")), jars)
        jars.rename(target)
    return target


def _source_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted([_SOURCES / "pom.xml", *_SOURCES.rglob("*.java")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def peer(where: Place, group: str, total: int, options: Mapping[str, str]) -> Child:
    """The application as a process; it says that it is assigned once it has warmed up.

    Args:
        where: the broker, and the folder with the shape.
        group: its application id, which is its consumer group.
        total: how many messages stand in the inputs; it reads them once to warm up.
        options: `store` memory or rocksdb, `cache` and `warm-up` true or false, and any setting of
            Kafka Streams by its own name.
    """
    state = where.folder / f"{group}-state"
    arguments = [
        "-Xmx2g",
        f"-Dsamverkan.log={where.folder / group}.log",
        f"-Dlog4j2.configurationFile={KAFKA_FILES / 'log4j2.properties'}",
        "-cp",
        f"{built()}/*",
        "se.samverkan.bench.Peer",
        where.bootstrap,
        group,
        str(state),
        str(where.folder / SHAPE),
        ",".join(INPUT_TOPICS),
        str(total),
        *(f"{name}={value}" for name, value in options.items()),
    ]
    return Child(group, arguments, {}, where.folder, program=find_java())
