"""The text front end: written text to symbol ids. It does not import torch."""
