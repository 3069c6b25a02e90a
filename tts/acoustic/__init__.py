"""Acoustic models: symbols to mel spectrogram."""
