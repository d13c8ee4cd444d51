"""Calls of other systems: what they list, as text frames."""
