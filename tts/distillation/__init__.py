"""Small models that learn from large ones."""
