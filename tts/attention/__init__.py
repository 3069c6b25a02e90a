"""Attentions over an encoded text: `base` holds the contract, every other file one mechanism."""
