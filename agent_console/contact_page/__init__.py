"""A contact's own page: the timeline, and what may be done about their data."""
