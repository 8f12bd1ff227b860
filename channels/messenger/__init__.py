"""Facebook Messenger: bytes in, bytes out."""
