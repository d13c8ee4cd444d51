"""A clock that only sleeping moves, and clients over hand-made replies."""

from clients import clock, service

__all__ = ["clock", "service"]
