"""The rules, one module per group; `catalogue` says which are checked on which type."""
