"""Decisions held against the truth, and weights and lines learned from it."""
