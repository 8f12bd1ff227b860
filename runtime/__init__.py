"""Clock, ids, errors, database, tasks, live feed, media."""
