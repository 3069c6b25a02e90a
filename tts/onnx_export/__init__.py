"""Turns a voice into ONNX graphs that `tts.engine` runs without torch."""
