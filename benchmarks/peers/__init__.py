"""Other matching tools, each set up as a careful user would."""
