"""A person with traces in every table that knows people, and how to look for what is left of them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from conversations import inbox
from conversations.actions.add_note import NewNote, add_note
from conversations.actions.erase import Erasing, begin_erasing
from conversations.actions.progress import Listeners
from conversations.actions.tag import TagPut, put_tags
from conversations.actions.trail import Act, Done, add_to_trail
from conversations.inbox import NewEvent
from conversations.search_index import file_contacts, file_messages
from coupons.actions.claim import settle
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from gateway.blocks import BlockWorkers, Wiring
from gateway.erasing import eraser
from runtime.ids import uuid7
from runtime.media import MediaStore
from runtime.tasks import Supervisor
from team.actions.add_member import NewMember, add_member
from team.audit import Entry, record
from tests.factories import CHANNELS, an_account

PSID, PAGE_NAME = "77889900112233", "tea-page"
GROUP_ID = "Udeadbeefdeadbeefdeadbeefdeadbeef"
PICTURE = b"\x89PNG\r\n\x1a\nquillonspicture"
WORDS = (
    "Quillon", "Marbury", "quillon", "marbury", "955123987", PSID, GROUP_ID, "xylophone", "gramophone",
    "secretnote", "draftword", "valueofafield", "passport", "latteword", "postalword", "failedword", "lateword",
    "quillonspicture", "reasonword", "tagtold", "mid.of.quillon", "inthegroup", "excerptword", "contractword",
    "mergedword", "partedword", "goneword", "gonebodyword", "guessword",
)  # fmt: skip
# Tables that hold no words of customers: the merchant's own, figures, places in the feed, what sign-ins need.
# Answers of the API (kept for a day) hold ids and links; what members write in a request for quota is their own.
NOT_OF_CUSTOMERS = {
    "api_answer", "api_token", "attribute", "automation", "chat_figure_cursor", "code", "code_batch",
    "content_template", "counted_chat", "counted_claim", "erase_job", "figure", "figure_book", "figure_cursor",
    "figure_total", "figure_zone", "invitation", "member_figure", "message_figure", "password_link", "pin_guess",
    "promotion", "promotion_choice", "promotion_logo", "quota_request", "quota_value", "recovery_code",
    "redemption_unit", "rejected_code", "saved_reply", "search_cursor", "second_step", "session", "sign_in_link",
    "sign_in_step", "staff_pin", "store", "throttle", "till_hold", "time_figure", "webhook_cursor",
}  # fmt: skip
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
  AND c.data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY')
"""


async def left_of(db, folder, words=WORDS):
    """Return where any of `words` still stands: in any column of any table, or in any file."""
    found = []
    for table, column, kind in await db.screens.fetch(COLUMNS):
        held = f'"{column}"' if kind == "bytea" else f'"{column}"::text'
        word_type = "bytea" if kind == "bytea" else "text"
        query = f'SELECT count(*) FROM "{table}" WHERE position($1::{word_type} IN {held}) > 0'  # noqa: S608 (our own names)
        for word in words:
            value = word.encode() if kind == "bytea" else word
            if await db.screens.fetchval(query, value):
                found.append(f"{table}.{column}: {word}")
    files = [file for file in folder.rglob("*") if file.is_file()]
    found += [str(file) for file in files if any(w.encode() in file.read_bytes() for w in words)]
    return found


async def unfilled(db):
    """Return the tables with columns for words that hold no row, but for those that hold no customers' words."""
    tables = {row["table_name"] for row in await db.screens.fetch(COLUMNS)} - NOT_OF_CUSTOMERS
    query = 'SELECT EXISTS (SELECT 1 FROM "{}")'  # our own names
    return [one for one in sorted(tables) if not await db.screens.fetchval(query.format(one))]


class Person:
    """Quillon Marbury writes to a page, sends a picture, and speaks in a group."""

    def __init__(self, db, clock, keyring, folder):
        self.db, self.clock, self.keyring, self.folder = db, clock, keyring, folder
        self.store = MediaStore(folder)
        self.count = 0

    async def build(self):
        self.page = await an_account(self.db, self.keyring, self.clock, "messenger")
        self.house = self.page.workspace_id
        self.line = await an_account(
            self.db, self.keyring, self.clock, "line", workspace_id=self.house, name="line"
        )
        facts = {"email": "ann@tea.example", "role": "admin", "password": "correct horse battery"}
        new = NewMember(workspace_id=self.house, name="Ann", language="en", **facts)
        self.ann = await add_member(self.db, new, self.clock.now())
        self.coupon = await self.a_coupon()
        rule = (
            "INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text,"
            " refusal_texts, active) VALUES ($1, $2, 0, 'keyword', $3, true, $4, '', '{}', true)"
        )
        await self.db.screens.execute(rule, uuid7(), self.house, ["coupon"], self.coupon)
        return self

    async def a_coupon(self):
        facts = {
            "purpose": "service",
            "fixed_code": "SVC50",
            "quantity": 50,
            "per_contact_limit": 5,
        }
        async with self.db.transaction() as tx:
            new = NewCoupon(name="Latte 50", **facts)
            key = await create(tx, self.house, new, self.clock.now())
        await publish_coupon(self.db, key, self.clock.now())
        return key

    def workers(self):
        accounts = {self.page.id: self.page, self.line.id: self.line}

        async def settled(tx, requests, now):
            return await settle(tx, requests, CHANNELS, "http://localhost:8080", now)

        wiring = Wiring(CHANNELS, accounts.get, settled, Listeners(), lambda _: None)
        return BlockWorkers(self.db, wiring, self.clock, Supervisor())

    async def work(self):
        workers = self.workers()
        workers.wake()
        for share in workers.shares:
            while await workers.step(share):
                pass

    def says(self, text, sender=PSID, **message):
        """Return what Messenger posts about a message, as it lies in the inbox."""
        self.count += 1
        mid = f"mid.of.quillon.{self.count}" if sender == PSID else f"mid.{sender}.{self.count}"
        item = {
            "sender": {"id": sender},
            "recipient": {"id": self.page.external_id},
            "timestamp": 1_777_870_800_000 + self.count,
            "message": {"mid": mid, "text": text, **message},
        }
        body = {
            "account": self.page.external_id,
            "time_ms": None,
            "found_in": "messaging",
            "item": item,
        }
        return self._event(self.page, mid, sender, json.dumps(body).encode())

    def says_in_group(self, text, sender=GROUP_ID, mentioned=""):
        """Return what LINE posts about a message in a group."""
        self.count += 1
        message = {"type": "text", "id": f"g{self.count}", "quoteToken": "q", "text": text}
        if mentioned:
            mentionees = [{"index": 0, "length": 1, "type": "user", "userId": mentioned}]
            message["mention"] = {"mentionees": mentionees}
        event = {
            "type": "message",
            "mode": "active",
            "timestamp": 1_777_870_800_000 + self.count,
            "source": {"type": "group", "groupId": "C1", "userId": sender},
            "webhookEventId": f"01{self.count}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": f"r{self.count}",
            "message": message,
        }
        return self._event(self.line, f"01{self.count}", "C1", json.dumps(event).encode())

    def _event(self, account, key, subject, payload):
        hashed = inbox.hash_of(key)
        lane = inbox.lane_of(account.id.bytes, subject)
        order = account.id.bytes + hashed
        return NewEvent(account.id, hashed, lane, payload, self.clock.now(), "r", order)

    async def comes(self, *events):
        for event in events:
            await inbox.append(self.db.screens, [event])
        await self.work()

    async def contact(self):
        query = "SELECT contact_id FROM channel_identity WHERE external_id = $1"
        return await self.db.screens.fetchval(query, PSID)

    async def leaves_traces(self):
        """Fill every table that can hold anything of a person."""
        run, now = self.db.screens.execute, self.clock.now()
        await self.comes(
            self.says("a coupon for latteword"),
            self.says("xylophone lessons"),
            self.says_in_group("gramophone inthegroup"),
            self.says_in_group("look", sender="Uother", mentioned=GROUP_ID),
        )
        contact = self.id = await self.contact()
        chat = self.chat = await self.db.screens.fetchval(
            "SELECT id FROM conversation WHERE contact_id = $1", contact
        )
        await run(
            "UPDATE contact SET name = 'Quillon Marbury', phone = '+886955123987', email = 'quillon@marbury.example',"
            " picture_url = 'https://x.example/quillon', attributes = '{\"f\": \"valueofafield\"}' WHERE id = $1",
            contact,
        )
        await run(
            "INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(uuid7(), self.line.id, contact, GROUP_ID, now),
        )
        async with self.db.transaction() as tx:
            await put_tags(tx, [TagPut(self.house, contact, "vip", "member")], now)
            note = NewNote(
                workspace_id=self.house, conversation_id=chat, member_id=self.ann, form_id="form-12345",
                text="secretnote for @Ann",
            )  # fmt: skip
            await add_note(tx, note, now)
            entry = Entry(
                workspace_id=self.house, member_id=self.ann, action="contact.tagged",
                subject=str(contact), detail={"tag": "tagtold"},
            )  # fmt: skip
            await record(tx, entry, now)
        await run(
            "INSERT INTO draft (member_id, conversation_id, text, form, place, at)"
            " VALUES ($1, $2, 'draftword', 'f', 1, $3)",
            *(self.ann, chat, now),
        )
        await self._media(chat)
        await run(
            "INSERT INTO inbox (account_id, key_hash, lane, state, tries, payload, received_at, error, request_id)"
            " VALUES ($1, $2, 1, 2, 5, $3, $4, 'failedword', 'r')",
            *(self.page.id, b"f" * 16, self.says("postalword").payload, now),
        )
        await self._redeemed()
        await self._told(contact)
        await self._merged()
        ids = [row["id"] for row in await self.db.screens.fetch("SELECT id FROM message")]
        async with self.db.transaction() as tx:
            await file_messages(tx, ids)
            await file_contacts(tx, [contact])
        await inbox.append(self.db.screens, [self.says("lateword")])

    async def _media(self, chat):
        run = self.db.screens.execute
        message = await self.db.screens.fetchval(
            "SELECT id FROM message WHERE conversation_id = $1 AND direction = 'in' LIMIT 1", chat
        )
        self.key, self.gone = self.kept(PICTURE), uuid7()
        await run(
            "INSERT INTO attachment (id, message_id, position, type, source, state, name, content_type, size,"
            " storage_key, next_try_at) VALUES ($1, $2, 0, 'image', '{\"url\": \"https://x.example/passport\"}',"
            " 'stored',"
            " 'passport-quillon.png', 'image/png', $3, $4, now())",
            *(uuid7(), message, len(PICTURE), self.key),
        )
        await run(
            "INSERT INTO upload (id, workspace_id, conversation_id, member_id, token, state, kind, name, content_type,"
            " size, duration_ms, storage_key, preview_key, message_id, created_at)"
            " VALUES ($1, $2, $3, $4, 't', 'ready', 'file', 'contractword.pdf', '', 1, 0, $5, '', $6, now())",
            *(uuid7(), self.house, chat, self.ann, self.kept(b"quillonspicture sent"), message),
        )
        await run(
            "INSERT INTO contact_merge (id, workspace_id, gone_id, into_id, kept_id, at, facts)"
            ' VALUES ($1, $2, $1, $3, $3, now(), \'{"name": "mergedword"}\')',
            *(self.gone, self.house, self.id),
        )
        await run(
            "INSERT INTO reaction (message_id, actor, emoji, at) VALUES ($1, $2, '!', now())",
            *(message, PSID),
        )

    def kept(self, content):
        file = self.store.begin()
        file.write(content)
        return self.store.keep(file)

    async def _redeemed(self):
        claim = await self.db.screens.fetchval(
            "SELECT id FROM claim WHERE contact_id = $1", self.id
        )
        await self.db.screens.execute(
            "UPDATE claim SET first_opened_at = issued_at, delivered_at = issued_at WHERE id = $1",
            claim,
        )
        for kind, reason in (("redeem", ""), ("undo", "reasonword")):
            await self.db.screens.execute(
                "INSERT INTO redemption (id, workspace_id, claim_id, kind, who, key, at, reason)"
                " VALUES ($1, $2, $3, $4, 'Ray', $5, $6, $7)",
                *(uuid7(), self.house, claim, kind, kind, self.clock.now(), reason),
            )

    async def _told(self, contact):
        webhook, event, now = uuid7(), uuid7(), self.clock.now()
        run = self.db.screens.execute
        await run(
            "INSERT INTO webhook (id, workspace_id, name, url, kinds, secret, state, state_reason, failures, epoch,"
            " due_at, created_at) VALUES ($1, $2, 'w', 'https://x.example', '{}', '', 'active', '', 0, 0, $3, $3)",
            *(webhook, self.house, now),
        )
        body = json.dumps({"contact": {"id": str(contact), "name": "Quillon Marbury"}})
        await run(
            "INSERT INTO webhook_event (id, webhook_id, event_id, kind, key, body, state, attempts, created_at,"
            " give_up_at) VALUES ($1, $2, $1, 'contact.created', $3, $4, 0, 1, $5, $5)",
            *(event, webhook, str(contact), body, now),
        )
        await run(
            "INSERT INTO webhook_attempt (event_id, at, duration_ms, error, excerpt)"
            " VALUES ($1, $2, 1, '', 'excerptword')",
            *(event, now),
        )

    async def _merged(self):
        """Logs that name who was merged into them; a parting that an other's thread tells of, and others' own."""
        run, now = self.db.screens.execute, self.clock.now()
        async with self.db.transaction() as tx:
            entry = Entry(
                workspace_id=self.house, action="contact.edited", subject=str(self.gone),
                detail={"name": "goneword"},
            )  # fmt: skip
            await record(tx, entry, now)
        await run(
            "INSERT INTO webhook_event (id, webhook_id, event_id, kind, key, body, state, attempts, created_at,"
            " give_up_at) SELECT $1, id, $1, 'contact.created', 'gone', $2, 1, 1, $3, $3 FROM webhook",
            *(uuid7(), json.dumps({"id": str(self.gone), "name": "gonebodyword"}), now),
        )
        await run(
            "INSERT INTO pin_guess (subject, at) VALUES ($1, $2)", f"g:{self.gone}:guessword", now
        )
        group = await self.db.screens.fetchval(
            "SELECT id FROM conversation WHERE chat_type <> 'direct'"
        )
        for name, gone in (("partedword", self.id), ("Keepsake", uuid7())):
            names = {"to": name, "other": "Keep", "gone": str(gone), "kept": str(uuid7())}
            act = Done(conversation_id=group, act=Act.SEPARATED, detail=names)
            async with self.db.transaction() as tx:
                await add_to_trail(tx, [act], now)

    async def begin(self, **listening):
        who = Erasing(workspace_id=self.house, contact_id=self.id, member_id=self.ann)
        async with self.db.transaction() as tx:
            return await begin_erasing(tx, who, CHANNELS, self.clock.now(), **listening)

    def eraser(self):
        return eraser(self.db, self.store, CHANNELS)

    async def finish(self):
        self.clock.advance(timedelta(seconds=1))
        while await self.eraser().step(self.id, self.clock.now()):
            pass


@pytest.fixture
async def person(db, clock, keyring, tmp_path):
    """Quillon, who has not written yet."""
    return await Person(db, clock, keyring, tmp_path).build()
