"""The documentation site: hooks of MkDocs for `make site` (decision 0037)."""
