"""Text to speech: from a text to audio."""
