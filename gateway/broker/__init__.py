"""A local real Kafka: given, in Docker, or from Maven Central jars."""
