"""Neural network layers that do not depend on speech models."""
