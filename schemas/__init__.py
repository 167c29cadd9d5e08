"""The wire contract: everything an agency needs to speak with the gateway."""
