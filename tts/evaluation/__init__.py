"""Quality metrics of voices and vocoders."""

from tts.audio.compiler_cache import ensure_compiler_cache

ensure_compiler_cache()
