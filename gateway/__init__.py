"""The messaging gateway: core, shell, follow-up, operations and command line."""
