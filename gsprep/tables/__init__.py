"""Files and databases to frames of text, and back."""
