"""Which column of a file is which field: guessed, scored, saved, and replayed strictly."""
