"""English: how it is written, and the words that espeak-ng says wrongly."""

from tts.text.english.language import English

__all__ = ["English"]
