"""Tuning: decisions compared with the truth, and weights and lines learned from it."""
