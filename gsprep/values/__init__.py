"""One value in, one value or None out: no frames, no files, no network."""
