"""Mend the form of cells, never what they mean, and log every cell that was touched."""
