"""A local stand-in for the four platforms."""
