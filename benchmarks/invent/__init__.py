"""Invented companies and people, and the mess they come in; stands alone, without gsprep."""
