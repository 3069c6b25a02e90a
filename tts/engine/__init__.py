"""Engines that compute a voice: PyTorch, or ONNX with only numpy and onnxruntime."""
