"""The ambiguous ones as a page a person can decide on."""
