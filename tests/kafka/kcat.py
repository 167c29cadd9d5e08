"""As much of kcat as the documentation uses, on the same client library (librdkafka).

`-P` sends standard input as one message, `-C` prints the last records of a topic.
"""

from __future__ import annotations

import argparse
import sys

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kcat")
    for flag in ("-P", "-C", "-e", "-q"):
        parser.add_argument(flag, action="store_true")
    for name in ("-b", "-t", "-k", "-o"):
        parser.add_argument(name)
    for name in ("-X", "-H"):
        parser.add_argument(name, action="append", default=[])
    return parser.parse_args()


def pairs(given: list[str]) -> dict[str, str]:
    return {name: text for name, _, text in (item.partition("=") for item in given)}


def produce(asked: argparse.Namespace) -> None:
    producer = Producer({"bootstrap.servers": asked.b, **pairs(asked.X)})
    failures: list[str] = []
    producer.produce(
        asked.t,
        sys.stdin.buffer.read(),
        asked.k.encode(),
        headers={name: text.encode() for name, text in pairs(asked.H).items()},
        on_delivery=lambda error, _: failures.append(str(error)) if error else None,
    )
    left = producer.flush(30)
    if failures or left:
        sys.exit(f"not delivered: {failures}")


def consume(asked: argparse.Namespace) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": asked.b,
            "group.id": "kcat",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            **pairs(asked.X),
        }
    )
    partitions = consumer.list_topics(asked.t, timeout=10).topics[asked.t].partitions
    places = [TopicPartition(asked.t, number) for number in partitions]
    for place in places:
        first, end = consumer.get_watermark_offsets(place, timeout=10)
        place.offset = max(first, end + int(asked.o))
    consumer.assign(places)
    waiting = len(places)
    while waiting:
        for message in consumer.consume(100, timeout=0.2):
            problem = message.error()
            if problem is None:
                sys.stdout.write(message.value().decode() + "\n")
            elif problem.code() == KafkaError._PARTITION_EOF:
                waiting -= 1
            else:
                sys.exit(str(problem))
    consumer.close()


if __name__ == "__main__":
    asked = options()
    (produce if asked.P else consume)(asked)
