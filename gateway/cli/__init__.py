"""The samverkan command."""
