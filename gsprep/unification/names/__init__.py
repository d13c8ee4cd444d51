"""Names of companies: their words, how they answer one another, and who has one like it."""
