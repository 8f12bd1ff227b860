"""Instagram messaging: bytes in, bytes out."""
