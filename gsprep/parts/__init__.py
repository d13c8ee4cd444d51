"""The stages on files larger than memory, part by part."""
