"""Foundations that every other package may import: interfaces, configurations, trust, errors and files."""
