"""The only place that awaits Kafka for the deciding engine."""
