"""Features: one kind of evidence in each file."""
