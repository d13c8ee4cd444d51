"""Functions of single values: no frames, files or network."""
