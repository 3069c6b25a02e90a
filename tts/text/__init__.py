"""From written text to symbol ids; no torch."""
