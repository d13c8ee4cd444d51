"""Mapping of columns to fields: guessed, scored, saved, applied."""
