"""Adding and changing addresses: what is refused, what is kept secret, what the audit log tells."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from runtime.errors import Invalid, NotFound
from team.actions.add_member import NewMember, add_member
from team.webhooks.kinds import CHOICES, Kind
from team.webhooks.log import hook, hooks, log_page, tidy
from team.webhooks.manage import MOST, Wanted, Which, add, change, pause, remove, resume, rotate
from team.webhooks.queue import LIFE
from team.webhooks.signing import signature
from team.webhooks.testing import send_test
from tests.factories import a_workspace

URL = "https://example.com/hooks"


def wanted(**facts):
    return Wanted(**({"name": "Till", "url": URL, "kinds": ["claim.redeemed"]} | facts))


class Desk:
    """An admin at work."""

    def __init__(self, db, clock, keyring, workspace, ann):
        self.db, self.clock, self.keyring = db, clock, keyring
        self.workspace, self.ann = workspace, ann

    async def add(self, **facts):
        async with self.db.transaction() as tx:
            made = await add(
                tx, self.keyring, self.workspace, wanted(**facts), self.clock.now(), by=self.ann
            )
        self.secret = made.secret
        return Which(self.workspace, made.id, self.ann)

    async def act(self, what, which, *more):
        async with self.db.transaction() as tx:
            return await what(tx, which, *more, self.clock.now())

    async def told(self):
        rows = await self.db.screens.fetch(
            "SELECT action, subject, detail FROM audit_entry WHERE action LIKE 'webhook.%' ORDER BY id"
        )
        return [(row["action"].removeprefix("webhook."), row["detail"]) for row in rows]


@pytest.fixture
async def desk(db, clock, keyring):
    workspace = await a_workspace(db, clock)
    new = NewMember(
        workspace_id=workspace,
        email="ann@tea.example",
        role="admin",
        password="correct horse battery",
        name="Ann",
    )
    return Desk(db, clock, keyring, workspace, await add_member(db, new, clock.now()))


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ("http://example.com/", "must begin with https"),
        ("example.com/hooks", "whole address"),
        ("javascript:alert(1)", "whole address"),
        ("ftp://example.com/", "whole address"),
        ("https://", "whole address"),
        ("https://exa mple.com/", "whole address"),
        ("https://example.com\\@127.0.0.1/", "whole address"),
        ("https://example.com/\r\nX: y", "whole address"),
        ("https://example.com:99999/", "whole address"),
        ("https://user:pass@example.com/", "password out"),
        ("https://127.0.0.1/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://10.0.0.1/", "private network"),
        ("https://169.254.169.254/", "private network"),
        ("https://localhost/", "private network"),
        ("https://db.internal/", "private network"),
        ("https://printer.local/", "private network"),
        ("https://tessera/", "private network"),
        ("https://example.com/" + "x" * 500, "too long"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused(desk, entered, words):
    with pytest.raises(Invalid) as told:
        await desk.add(url=entered)
    assert told.value.field == "url"
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["everything"]}, "kinds"),
        ({"kinds": ["webhook.test"]}, "kinds"),
    ],
)
async def test_what_else_cannot_be_is_refused(desk, facts, field):
    with pytest.raises(Invalid) as told:
        await desk.add(**facts)
    assert told.value.field == field


async def test_the_operator_may_allow_an_origin_inside(desk):
    url, exempt = "http://127.0.0.1:9000/hooks", ["http://127.0.0.1:9000"]
    await desk.add(url=url, exempt=exempt)
    for beside in ("http://127.0.0.1:9001/", "https://127.0.0.1:9000/", "http://localhost:9000/"):
        with pytest.raises(Invalid):
            await desk.add(name="Other", url=beside, exempt=exempt)


async def test_names_are_taken_once_and_there_is_an_end_to_addresses(desk):
    for number in range(MOST):
        await desk.add(name=f"Till {number}")
    with pytest.raises(Invalid, match="20 addresses"):
        await desk.add(name="One more")
    first = (await hooks(desk.db.screens, desk.workspace))[0]
    await desk.act(remove, Which(desk.workspace, first.id, desk.ann))
    with pytest.raises(Invalid, match="already one"):
        await desk.add(name="Till 1")


async def test_a_secret_is_shown_once_and_unreadable_in_the_database(desk):
    which = await desk.add()
    new = await desk.act(lambda tx, one, now: rotate(tx, desk.keyring, one, now), which)
    assert new != desk.secret
    assert new.startswith("whsec_")
    for table in ("webhook", "audit_entry", "feed", "webhook_event"):
        stored = await desk.db.screens.fetchval(f"SELECT json_agg(t)::text FROM {table} t")  # noqa: S608 (our tables)
        assert new not in (stored or "")
        assert desk.secret not in (stored or "")


async def test_every_change_stands_in_the_audit_log_with_what_was_before(desk):
    which = await desk.add()
    await desk.act(change, which, wanted(url="https://example.org/"))
    await desk.act(change, which, wanted(url="https://example.org/"))
    await desk.act(pause, which)
    await desk.act(pause, which)
    await desk.act(resume, which)
    await desk.act(send_test, which)
    await desk.act(remove, which)
    told = await desk.told()
    words = ["added", "changed", "paused", "resumed", "tested", "removed"]
    assert [word for word, _ in told] == words
    assert told[1][1] == {"url": {"from": URL, "to": "https://example.org/"}}


async def test_another_workspaces_address_is_not_there(desk):
    which = await desk.add()
    rival = await a_workspace(desk.db, desk.clock, "Rival")
    theirs = Which(rival, which.id, desk.ann)
    for act in (pause, resume, remove, send_test):
        with pytest.raises(NotFound):
            await desk.act(act, theirs)
    with pytest.raises(NotFound):
        await desk.act(change, theirs, wanted())
    with pytest.raises(NotFound):
        await hook(desk.db.screens, rival, which.id)
    assert (await log_page(desk.db.screens, (rival, which.id))).rows == []


async def test_the_log_is_paged_and_kept_for_days_only(desk):
    which = await desk.add()
    for _ in range(5):
        await desk.act(send_test, which)
        desk.clock.advance(timedelta(minutes=1))
    key = (desk.workspace, which.id)
    first = await log_page(desk.db.screens, key, size=3)
    rest = await log_page(desk.db.screens, key, size=3, after=first.rows[-1].id)
    assert (len(first.rows), first.older) == (3, True)
    assert (len(rest.rows), rest.older) == (2, False)
    times = [row.created_at for row in (*first.rows, *rest.rows)]
    assert times == sorted(times, reverse=True)
    assert json.loads(first.rows[0].body)["kind"] == Kind.TEST
    await desk.db.screens.execute("UPDATE webhook_event SET state = 1 WHERE seq % 2 = 0")
    assert await tidy(desk.db.screens, desk.clock.now(), 100) == 2
    assert await tidy(desk.db.screens, desk.clock.now() + LIFE + timedelta(hours=1), 1) == 1


def test_the_signature_is_the_one_the_documents_give(clock):
    marks = signature(["a", "b"], clock.now(), b"{}")
    parts = [part.split("=")[0] for part in marks.split(",")]
    assert parts == ["t", "v1", "v1"]
    assert len(CHOICES) == len(Kind) - 1
