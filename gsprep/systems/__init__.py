"""Calls of other systems, and of Timeline."""
