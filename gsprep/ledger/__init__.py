"""The ledger: an SQLite file of what was planned, sent and replied."""
