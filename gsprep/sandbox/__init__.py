"""A stand-in for Gainsight's People API: real HTTP, a real database file, nothing of gsprep."""
