"""What computes a voice: PyTorch, or ONNX on numpy and onnxruntime alone."""
