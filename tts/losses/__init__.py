"""Training losses, one per file; each takes the output of a model and its batch."""
