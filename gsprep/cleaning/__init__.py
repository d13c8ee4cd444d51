"""Cleaning: repaired form of cells, with a log of changes."""
