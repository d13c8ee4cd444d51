"""Syncs: saved definitions that move rows to an object."""
