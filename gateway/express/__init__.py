"""The express lane: compiled code for what is plainly good, a twin of the Python that decides."""
