"""Lines that are scored as they are delivered, and not as masks."""
