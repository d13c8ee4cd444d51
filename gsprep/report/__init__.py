"""Results of a run as tables, numbers, text and page."""
