"""The command line, one file a command. Every error is one line on standard error and a non-zero exit."""
