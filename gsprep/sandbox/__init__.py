"""Simulator of the service: real HTTP and a real database."""
