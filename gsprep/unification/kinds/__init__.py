"""The kinds of columns that are compared: facts, comparisons and candidates of each."""
