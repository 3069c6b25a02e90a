"""Data: from a folder of recordings to training batches."""

from tts.audio.compiler_cache import ensure_compiler_cache

ensure_compiler_cache()
