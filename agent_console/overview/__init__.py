"""The overview: how the workspace is doing now and over some days."""
