"""Training: Lightning modules, callbacks and runs. It has no model code."""
