"""Code that the commands at the top level of the package share."""
