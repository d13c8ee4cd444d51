"""The same person twice: candidates, evidence, groups, survivors."""
