"""Upload of rows to the service, with their outcomes."""
