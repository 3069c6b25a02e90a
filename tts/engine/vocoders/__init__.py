"""Mel to waveform without torch: numpy around ONNX graphs."""
