"""Waveforms and mel spectrograms: the one mel definition, Griffin-Lim, audio files."""
