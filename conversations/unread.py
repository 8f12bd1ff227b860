"""What a member has not read yet, as pieces of SQL: the one place that says how it is counted.

`conversation.unread` counts what the customer wrote since the conversation was last closed, the same for
everybody; `read_mark.seen` is how much of that one member has read. Nothing is written for anybody when a
message arrives.
"""

from __future__ import annotations

COUNT = "greatest(c.unread - coalesce(r.seen, 0), 0)"
"""How many messages of conversation `c` are new to the member whose mark is `r`; above nought: unread."""


def mark_of(member: str) -> str:
    """Return the join that puts a member's mark beside conversation `c`; `member` is a parameter as `$3`."""
    return f"LEFT JOIN read_mark r ON r.conversation_id = c.id AND r.member_id = {member}"
