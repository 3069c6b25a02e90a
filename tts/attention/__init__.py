"""Attentions over an encoded text: `base` has the contract, every other file one mechanism."""
