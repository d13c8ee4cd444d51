"""Matching of people with companies: decisions, evidence and explanations."""
