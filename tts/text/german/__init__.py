"""German: how it is written."""

from tts.text.german.language import German

__all__ = ["German"]
