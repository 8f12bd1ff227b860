"""The process: webhook intake, delivery, wiring and the command line."""
