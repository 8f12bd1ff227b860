"""What changes promotion links; one verb a file."""
