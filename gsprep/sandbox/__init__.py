"""Simulator of the People API: real HTTP, a real database, nothing of gsprep."""
