"""Follow-up statistics: fact store, definitions, tables."""
