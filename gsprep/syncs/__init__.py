"""Saved definitions that move rows from a source to an object."""
