"""Voices: voice folders, and the voices that ship with the package."""
