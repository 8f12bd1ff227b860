"""The REST API for tills and integrators, at /api/v1."""
