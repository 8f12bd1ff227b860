"""How much PostgreSQL learns of a table when it analyses it.

It reads 300 rows for each unit of the greatest target of the table's columns: 30,000 by default, which takes up to
200 ms of processor, each time a growing table has grown by a tenth.
"""

from __future__ import annotations

from collections.abc import Iterable

# Columns of which nothing is to be learnt (target 0) stay so.
LEARN = """
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT a.attrelid::regclass AS t, i.relkind, a.attname, a.attnum
    FROM pg_attribute a JOIN pg_class i ON i.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND coalesce(a.attstattarget, -1) <> 0
      AND (a.attrelid = ANY ('{{{tables}}}'::regclass[]) OR EXISTS (
        SELECT 1 FROM pg_index x WHERE x.indexrelid = a.attrelid AND x.indexprs IS NOT NULL
          AND x.indrelid = ANY ('{{{tables}}}'::regclass[]) AND x.indkey[a.attnum - 1] = 0))
  LOOP
    IF c.relkind = 'i' THEN
      EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS {target}', c.t, c.attnum);
    ELSE
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS {target}', c.t, c.attname);
    END IF;
  END LOOP;
END $$
"""


def learn(tables: Iterable[str], target: int) -> str:
    """Return the statement that sets the target of all columns of `tables`, and of what their indexes compute; -1 is
    the server's default. Columns made later need their own.
    """
    return LEARN.format(tables=",".join(tables), target=target)
