"""One folder a messaging channel: bytes in, bytes out."""
