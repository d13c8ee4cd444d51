"""Rows out to the service within its limits, and its replies back beside the rows."""
