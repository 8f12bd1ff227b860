"""Which contacts of a workspace a name, telephone number or e-mail address finds, by what search_index.py files."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from conversations.search_text import fold, keys, like, phone_of, term_of, wanted_parts
from runtime.database import Connection, Pool

# So many lines about people are looked at: several may be of one.
HITS = 400

# The table `found` (contact_id, source) for a statement's WITH; its values are the first six, by `values`.
# OFFSET 0 leaves the planner no other way than the index of parts.
FOUND = """found AS MATERIALIZED (
  (SELECT s.contact_id, s.source FROM (SELECT * FROM search_contact WHERE grams @> $3::bigint[] OFFSET 0) s
    WHERE s.workspace_id = $1 AND s.body LIKE $2 LIMIT $6)
  UNION
  (SELECT s.contact_id, s.source FROM (SELECT * FROM search_contact WHERE grams @> $5::bigint[] OFFSET 0) s
    WHERE $4 <> '' AND s.workspace_id = $1 AND s.body LIKE $4 AND s.source = 'phone' LIMIT $6)
)"""


LINES = f"WITH {FOUND} SELECT contact_id, source FROM found"  # noqa: S608 (our own names)
CALLED = frozenset({"name", "phone"})


class Sought(msgspec.Struct, frozen=True):
    """What is looked for: `term`, and where it may be a telephone number, `phone` as one is stored."""

    term: str
    phone: str

    @property
    def too_short(self) -> bool:
        """Say whether nothing is filed under so few characters: a single letter or digit, or none."""
        return not wanted_parts(self.term)

    def values(self, workspace_id: UUID) -> list[object]:
        """Return the six values of FOUND."""
        return [
            workspace_id,
            like(self.term),
            keys(workspace_id, wanted_parts(self.term)),
            like(self.phone) if self.phone else "",
            keys(workspace_id, wanted_parts(self.phone)),
            HITS,
        ]

    def up_to(self, workspace_id: UUID, lines: int) -> list[object]:
        """Return those values for another number of lines than HITS."""
        return [*self.values(workspace_id)[:-1], lines]

    def words_in(self, text: str) -> str | None:
        """Return which of the two stands in `text`, None for neither.

        What search looks through follows a moment later: only what stands now counts.
        """
        folded = fold(text)
        return next((one for one in (self.term, self.phone) if one and one in folded), None)

    def stands_in(self, lines: Sequence[str]) -> bool:
        """Say whether one of `lines` holds it."""
        return any(self.words_in(line) is not None for line in lines)


def sought(text: str) -> Sought:
    """Return what to look for when `text` was entered."""
    term = term_of(text)
    return Sought(term, phone_of(term))


async def who_is_called(
    db: Pool | Connection, workspace_id: UUID, text: str, most: int
) -> list[UUID] | None:
    """Return whose name or telephone number holds `text`, as far as search has come; None where that may be more
    than `most` customers, and for a single letter or digit.
    """
    wanted = sought(text)
    if wanted.too_short:
        return None
    rows = await db.fetch(LINES, *wanted.up_to(workspace_id, most + 1))
    if len(rows) > most:
        return None
    return list({row["contact_id"]: None for row in rows if row["source"] in CALLED})
