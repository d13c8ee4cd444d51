"""Repair the form of cells, never their meaning, and log every changed cell."""
