"""Distillation: train small models on the outputs of large ones."""
