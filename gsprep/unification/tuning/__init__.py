"""Tuning: decisions compared with the truth; learned weights and lines."""
