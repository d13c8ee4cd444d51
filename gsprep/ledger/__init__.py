"""Ledger: SQLite file of plans, sent records and replies."""
