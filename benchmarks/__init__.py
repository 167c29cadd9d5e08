"""Throughput, latency and memory on a real Kafka, beside their references in the same run."""
