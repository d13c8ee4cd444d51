"""What reviewers answered, as it is replayed and as it was written down."""
