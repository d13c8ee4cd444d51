"""Who belongs to which company, how sure that is, and why."""
