"""Voices: the folders that hold them, and those that ship with the package."""
