"""HTTP calls to the service: transport, pace, repeats and replies."""
