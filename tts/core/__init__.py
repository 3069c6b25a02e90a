"""What every other package may import: how a file becomes a configuration, and a configuration objects."""
