"""Sessions for tests in which signing in is not what is looked at: a page and a form less."""

from __future__ import annotations

from team.actions.sign_in import begin_session

FIND = "SELECT id, workspace_id, role FROM member WHERE email = $1 AND active"
COOKIE = "tessera_session"


async def sign_in(context, db, email, url, now):
    """Sign a member in, in a browser's context: as if they had come through the form."""
    async with db.transaction() as tx:
        begun = await begin_session(tx, await tx.fetchrow(FIND, email), "", now)
    cookie = {"name": COOKIE, "value": begun.token, "url": url, "httpOnly": True, "sameSite": "Lax"}
    await context.add_cookies([cookie])
