"""Search for similar company names by words and letters."""
