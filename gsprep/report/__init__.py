"""A run as tables, as numbers, as text and as a page."""
