"""The pure core: decisions as a function of state, message and context."""
