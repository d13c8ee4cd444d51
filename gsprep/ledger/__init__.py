"""What was planned, sent and replied, kept in SQLite: nothing goes twice or is forgotten."""
