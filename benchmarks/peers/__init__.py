"""Other ways to find people's companies, each as a careful user would set it up."""
