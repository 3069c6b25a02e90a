"""Training losses, one per file; each takes what a model returned and the batch it was given."""
