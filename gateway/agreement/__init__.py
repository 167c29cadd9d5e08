"""The exchange agreement as data: load, validate, explain."""
