"""Check rows as the service would, before they are sent."""
