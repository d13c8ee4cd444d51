"""Invented companies and people with typical errors; independent of gsprep."""
