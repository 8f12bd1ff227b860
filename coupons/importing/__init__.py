"""Files of codes: reading them safely, checking their rows, and the templates to fill in."""
