"""Company names by words and letters: which names are near, and how they align."""
