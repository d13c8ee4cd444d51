"""What is known before anybody is decided, and what decisions show for the next time."""
