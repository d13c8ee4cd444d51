"""Review pages for unclear matches and duplicates."""
