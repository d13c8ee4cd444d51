"""Upload of rows to the service, and the outcome of each row."""
