"""The audit log: every kind in a sentence, searched and paged, taken away as files, and without secrets."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

from agent_console.audit.words import SENTENCES
from config.compile_locale import read_domain
from config.folders import LOCALE_DIR
from runtime.ids import uuid7
from team import audit_log
from team.actions.set_feature import set_feature
from team.audit import Entry, record_all
from team.audit_log import PAGE, SYSTEM, Search, page, walk
from tests.agent_console.site import PASSWORD, plain
from tests.house.test_house import ROOT, SOURCES

PATH = "/console/settings/audit"
XSS = "<script>alert(1)</script>"
KIND = re.compile(r"[a-z_]+\.[a-z_]+")
# Kinds put together from a word: what the word may be.
MADE = {
    "account.": ("paused", "resumed"),
    "codes.": ("committing", "discarding", "rehearsing", "taking_back"),
    "contact.": ("blocked", "merged", "tagged", "unblocked", "unmerged", "untagged"),
    "coupon.": (
        *("archived", "created", "edited", "ended", "paused", "published", "resumed", "stopped"),
        *("topped_up", "validity", "voided", "window"),
    ),
    "coupon.quota_": ("declined", "granted"),
    "member.two_steps_": ("codes_renewed", "off", "on"),
}


def kinds_in_the_code():
    found = set()
    for path in SOURCES:
        tree = ast.parse((ROOT / path).read_text())
        nodes = list(ast.walk(tree))
        if not any(isinstance(n, ast.ImportFrom) and n.module == "team.audit" for n in nodes):
            continue
        inside = {id(part) for n in nodes if isinstance(n, ast.JoinedStr) for part in n.values}
        for node in nodes:
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begins = str(node.values[0].value)
                if re.fullmatch(r"[a-z_]+\.[a-z_]*", begins):
                    found |= {begins + word for word in MADE[begins]}
            elif isinstance(node, ast.Constant) and id(node) not in inside:
                found |= {node.value} if KIND.fullmatch(str(node.value)) else set()
    return found


def test_every_kind_that_the_code_writes_has_a_sentence_in_both_languages():
    assert sorted(kinds_in_the_code() - set(SENTENCES)) == []
    chinese = read_domain(LOCALE_DIR / "zh_Hant/LC_MESSAGES/console")
    assert [kind for kind, text in SENTENCES.items() if not chinese.get(text).string] == []


async def write(site, *entries, workspace=None, at=None):
    """Add entries (kind, object, facts) a minute apart."""
    for kind, subject, *more in entries:
        facts = more[0] if more else {}
        who = more[1] if len(more) > 1 else site.ann
        entry = Entry(
            workspace_id=workspace or site.house,
            member_id=who,
            action=kind,
            subject=str(subject),
            detail=facts,
        )
        async with site.db.transaction() as tx:
            await record_all(tx, [entry], at or site.clock.now())
        site.clock.advance(timedelta(minutes=1))


async def told(browser, query=""):
    """Return the page's entries as plain words."""
    html = await browser.text(f"{PATH}{query}")
    return [plain(row) for row in re.findall(r"<tr data-role=\"entry\".*?</tr>", html, re.DOTALL)]


async def test_an_entry_says_who_did_what_and_what_was_before(site, ann):
    sue = await site.member("Sue", "service_agent")
    chat = await site.chat("Mei Lin")
    await write(
        site,
        ("member.role_changed", sue.id, {"from": "seller", "role": "service_agent"}),
        ("conversation.assigned", chat.id, {"from": "", "to": str(sue.id)}),
        ("workspace.changed", "", {"zone": {"from": "Asia/Taipei", "to": "Asia/Tokyo"}}),
        ("conversation.taken_over", chat.id, {"from": str(sue.id), "was": "waiting"}),
        (
            "automation.changed",
            "",
            {
                "assign_rules": {
                    "from": [],
                    "to": [{"words": ["price", "價錢"], "role": "", "member_id": str(sue.id)}],
                },
                "hours": {"from": [""] * 7, "to": ["09:00–18:00"] + [""] * 6},
            },
        ),
        ("contact.edited", chat.contact, {"field": "phone"}),
        ("coupon.edited", uuid7(), {"per_contact_limit": {"from": 1, "to": 2}}),
        ("claim.pin_wait", uuid7(), {"until": "2026-05-04T06:00:00+00:00", "waits": 2}, None),
        ("brand.new", "thing", {"odd": {"a": [1, None, True]}}, None),
    )
    odd, pins, limit, phone, hours, taken, zone, given, role = (await told(ann))[:9]
    assert "Ann changed the role of Sue" in role
    assert re.search("role seller → service agent", role)
    assert "Ann assigned the conversation with Mei Lin" in given
    assert re.search("member nothing → Sue", given)
    assert re.search("time zone Asia/Taipei → Asia/Tokyo", zone)
    assert re.search("member Sue → Ann state before waiting", taken)
    assert re.search("nothing → words: price, 價錢, member: Sue", hours)
    assert re.search("Opening hours nothing → Monday 09:00–18:00", hours)
    assert re.search("field Phone", phone)
    assert re.search("Claims per customer 1 → 2", limit)
    assert "2026-05-04 14:00:00 (Asia/Taipei)" in pins
    assert "The system: brand.new thing" in odd
    assert "a: 1, nothing, yes" in odd
    assert re.match(r" *2026-05-04 13:08:00", odd)


async def test_it_reads_in_chinese_too(site, ann):
    await write(site, ("tag.removed", "vip"))
    await ann.post("/console/language", language="zh-Hant")
    assert any("移除了標籤 vip" in row for row in await told(ann, "?kind=tag"))


async def test_it_is_searched_by_member_kind_object_words_and_period(site, ann):
    sue = await site.member("Sue", "service_agent")
    await write(
        site,
        ("tag.removed", "ＶＩＰ Gold"),
        ("tag.renamed", "silver", {"name": "週年慶"}, sue.id),
        ("store.added", "Xinyi"),
        ("webhook.paused", "Till", {"because": "failures"}, None),
    )
    site.clock.set(datetime(2026, 5, 6, 16, 0, tzinfo=UTC))  # midnight in Taipei
    await write(site, ("store.removed", "Xinyi"))
    for query, count, words in (
        (f"?member={sue.id}", 1, "silver"),
        ("?member=system&kind=webhook", 1, "was paused"),
        ("?kind=tag", 2, "tag"),
        ("?kind=tag.renamed", 1, "silver"),
        ("?object=Xinyi", 2, "Xinyi"),
        ("?q=vip%20gold", 1, "Gold"),
        ("?q=年慶", 1, "silver"),
        ("?q=週", 1, "silver"),
        ("?from=2026-05-07&kind=store", 1, "removed"),
        ("?to=2026-05-06&kind=store", 1, "added"),
        ("?q=nothing+like+it", 0, ""),
        ("?kind=tag&member=nonsense&from=x&to=9999-99-99&after=y", 2, "tag"),
    ):
        found = await told(ann, query)
        assert (query, len(found)) == (query, count)
        assert all(words in row for row in found), query


async def test_pages_follow_one_another_without_gap_or_repetition(site, ann):
    now = site.clock.now()
    for start in range(0, PAGE * 2, 10):
        names = [("tag.removed", f"tag {start + n:03}") for n in range(10)]
        await write(site, *names, at=now)
    seen, query = [], "?kind=tag"
    while query:
        html = await ann.text(f"{PATH}{query}")
        seen += re.findall(r"removed the tag (tag \d+)", html)
        older = re.search(r'rel="next" href="[^"]*(\?[^"]+)"', html)
        query = older[1].replace("&amp;", "&") if older else ""
    assert sorted(seen) == [f"tag {n:03}" for n in range(PAGE * 2)]


async def test_the_file_holds_what_fits_in_harmless_cells_and_is_audited_itself(site, ann):
    await write(site, ("tag.removed", "=1+1"), ("tag.removed", '@SUM("x")'), ("store.added", "x"))
    answer = await ann.get(f"{PATH}.csv?kind=tag")
    text = (await answer.read()).decode("utf-8-sig")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-2026-')
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["object"] for row in rows] == ['\'@SUM("x")', "'=1+1"]
    assert rows[0]["who"] == "Ann"
    assert "(Asia/Taipei)" in rows[0]["at"]
    answer = await ann.get(f"{PATH}.jsonl")
    lines = [json.loads(line) for line in (await answer.text()).splitlines()]
    exported = [line for line in lines if line["kind"] == "audit.exported"]
    assert exported[-1]["facts"] == {"format": "csv", "kind": "tag"}
    assert {"=1+1", '@SUM("x")', "x"} <= {line["object"] for line in lines}
    assert "Ann took the audit log away as a file" in (await told(ann))[0]


async def test_hostile_words_are_only_words(site, ann):
    await write(site, ("tag.renamed", XSS, {"name": {"from": XSS, "to": XSS}, XSS: XSS}))
    page_ = await ann.text(f"{PATH}?q={XSS}&object={XSS}")
    assert XSS not in page_
    assert "&lt;script&gt;" in page_
    for query in ("?q=%00", "?q=%25_'%22", "?object=%00&member=%00", "?after=%00_%00", "?kind=%27"):
        assert (await ann.get(f"{PATH}{query}")).status == 200


async def test_another_workspaces_entries_are_never_seen(site, ann):
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    await write(site, ("tag.removed", "ours alone"))
    assert "ours alone" not in await eve.text(f"{PATH}?q=ours")
    for ending in ("csv", "jsonl"):
        assert "ours alone" not in await (await eve.get(f"{PATH}.{ending}")).text()


async def test_secrets_that_pass_through_the_console_never_stand_in_the_log(site, ann):
    """Each secret goes in through the form that takes it; then every entry is looked through."""
    secrets = [PASSWORD, "a-new-secret-" + "x" * 20, "a-new-token-" + "y" * 20, "482159"]
    answer = await ann.post(
        f"/console/accounts/{site.line.id}/reconnect", secret=secrets[1], token=secrets[2]
    )
    assert answer.status < 500
    store = (await ann.post("/console/settings/stores", name="Xinyi")).status
    assert store == 303
    key = await site.db.screens.fetchval("SELECT id FROM store")
    await ann.post("/console/tills/pins", name="Till", pin=secrets[3], store=str(key))
    page_ = await (
        await ann.post(
            "/console/settings/webhooks", name="W", url="https://example.com/", kind="claim.issued"
        )
    ).text()
    secrets += re.findall(r"whsec_[\w-]+", page_)
    hook = await site.db.screens.fetchval("SELECT id FROM webhook")
    page_ = await (await ann.post(f"/console/settings/webhooks/{hook}/secret")).text()
    secrets += re.findall(r"whsec_[\w-]+", page_)
    page_ = await (
        await ann.post(
            "/console/settings/members/invitations", email="new@tea.example", role="seller"
        )
    ).text()
    secrets += re.findall(r"/console/invitation/([\w-]{20,})", page_)
    page_ = await (
        await ann.post(
            "/console/tills/verifiers", name="Ray", email="ray@tea.example", store=str(key)
        )
    ).text()
    secrets += re.findall(r"/shop/[\w/]*?([\w-]{20,})", page_)
    await ann.post("/console/me/password", old=PASSWORD, password="an entirely new password 9")
    secrets.append("an entirely new password 9")
    rows = await site.db.screens.fetch("SELECT action, subject, detail::text FROM audit_entry")
    written = "\n".join(" ".join(row) for row in rows)
    assert len(secrets) >= 9
    assert [secret for secret in secrets if secret in written] == []
    actions = {row["action"] for row in rows}
    assert {"pin.add", "webhook.secret_rotated", "member.invited", "member.link_made"} <= actions


async def test_a_feature_switched_by_the_operator_stands_there_without_a_member(site, ann):
    async with site.db.transaction() as tx:
        await set_feature(tx, site.house, "payment", site.clock.now(), on=True)
        await set_feature(tx, site.house, "payment", site.clock.now(), on=True)
    [row] = await told(ann, "?member=system&kind=workspace")
    assert "The system switched the feature payment" in row
    assert re.search("state no → yes", row)


async def test_many_entries_are_found_by_indexes(site, ann, monkeypatch):
    """Read plans of 8,000 entries: none reads the whole table."""
    await site.db.screens.execute(
        "INSERT INTO audit_entry (id, workspace_id, member_id, action, subject, detail, at)"
        " SELECT gen_random_uuid(), $1, $2, 'conversation.closed', gen_random_uuid()::text,"
        " jsonb_build_object('was', 'waiting', 'n', n), $3::timestamptz - n * interval '1 minute'"
        " FROM generate_series(1, 8000) n",
        *(site.house, site.ann, site.clock.now()),
    )
    await write(site, ("tag.removed", "needle"), at=site.clock.now() - timedelta(days=13))
    await site.db.screens.execute("ANALYZE audit_entry")
    plans = []

    class Explained:
        """The pool, but every answer comes with its plan noted."""

        async def fetch(self, query, *values):
            rows = await site.db.screens.fetch(f"EXPLAIN {query}", *values)
            plans.append("\n".join(row[0] for row in rows))
            return await site.db.screens.fetch(query, *values)

    pool, house = Explained(), site.house
    day = site.clock.now() - timedelta(days=5)
    for which, count in (
        (Search(workspace_id=house), PAGE),
        (Search(workspace_id=house, words="needle"), 1),
        (Search(workspace_id=house, words="waiting"), PAGE),
        (Search(workspace_id=house, actions=["tag.removed"]), 1),
        (Search(workspace_id=house, member_id=SYSTEM), 0),
        (Search(workspace_id=house, subject="needle"), 1),
        (Search(workspace_id=house, until=day), PAGE),
    ):
        found = await page(pool, which, None)
        assert len([row for row in found.rows if row.action != "audit.exported"]) >= min(
            count, PAGE
        )
        assert "Seq Scan on audit_entry" not in plans[-1], (which, plans[-1])
    assert any("audit_entry_words" in plan for plan in plans)
    monkeypatch.setattr(audit_log, "DEEPEST", 2000)
    plans.clear()
    assert (await page(pool, Search(workspace_id=house, words="w"), None)).after
    assert (await page(pool, Search(workspace_id=house, words="§"), None)).rows == []
    assert [plan for plan in plans if "audit_pairs" in plan] == [], "an empty pair fits every entry"
    assert all(re.search(r"Limit .*rows=2000 ", plan) for plan in plans), plans
    total = 0
    async for rows in walk(site.db.screens, Search(workspace_id=house, words="waiting")):
        total += len(rows)
    assert total == 8000
