"""The audit log: who changed what and when, in sentences, searched and taken away as files."""
