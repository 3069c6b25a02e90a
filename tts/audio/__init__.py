"""Waveforms and mel spectrograms: the definition of the mel, Griffin-Lim, pitch and audio files."""
