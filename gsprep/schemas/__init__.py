"""Schemas of Gainsight objects: fields, types, keys and checks."""
