"""Lightning modules and callbacks; no model code."""
