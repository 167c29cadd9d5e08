"""The two agencies as Kafka clients, and the reconstructed year."""
