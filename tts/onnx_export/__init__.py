"""Export a voice to ONNX graphs, which `tts.engine` runs without torch."""
