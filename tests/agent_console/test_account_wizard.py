"""An account is added step by step, tested, paused, resumed and removed."""

from __future__ import annotations

import pytest

from config.settings import Settings
from conversations.accounts import all_accounts
from conversations.actions.change_account import Changes, change_account
from tests.agent_console.site import Site
from tests.doubles.platform import Answer, Platform

INFO = "/simulator/line/v2/bot/info"
BOT = {"userId": "U" + "a" * 32, "basicId": "@tea", "displayName": "Tea", "chatMode": "bot",
       "markAsReadMode": "manual"}  # fmt: skip
FORM = {
    "name": "shop",
    "secret": "a channel secret",
    "token": "a channel token",
    "simulated": "yes",
}
NEW = "/console/accounts/new/line"
XSS = "<script>alert(1)</script>"


@pytest.fixture
async def platform():
    stub = Platform()
    await stub.start()
    stub.known[INFO] = Answer(200, BOT)
    yield stub
    await stub.stop()


@pytest.fixture
async def site(db, dsn, clock, keyring, tmp_path, platform):
    """The running console; where the simulator would be, a platform answers as told."""
    made = Site(db, dsn, clock, keyring, tmp_path)
    made.settings = Settings(data_dir=tmp_path, public_url=platform.base, simulator=True)
    await made.start()
    yield made
    await made.stop()


async def stored(site, name):
    return next(
        (one for one in await all_accounts(site.db.screens, site.keyring) if one.name == name),
        None,
    )


async def added(site, ann):
    answer = await ann.post(NEW, **FORM)
    assert answer.status == 303
    return answer.headers["Location"], await stored(site, "shop")


async def test_an_account_the_platform_confirms_is_added_and_its_next_steps_are_shown(
    site, ann, platform
):
    place, account = await added(site, ann)
    assert place == f"/console/accounts/{account.id}"
    assert (account.external_id, account.address) == (BOT["userId"], "@tea")
    assert (account.secret, account.token) == (FORM["secret"], FORM["token"])
    page = await ann.text(place)
    assert f"{platform.base}/webhooks/line/shop" in page
    assert "Waiting for the first event." in page
    assert FORM["secret"] not in page
    assert FORM["token"] not in page
    who = "SELECT m.name FROM audit_entry a JOIN member m ON m.id = a.member_id WHERE action = 'account.added'"
    assert await site.db.screens.fetchval(who) == "Ann"


async def test_credentials_the_platform_refuses_are_not_kept_and_its_words_are_shown(
    site, ann, platform
):
    platform.known[INFO] = Answer(401, {"message": "Authentication failed"})
    answer = await ann.post(NEW, **FORM)
    page = await answer.text()
    assert answer.status == 422
    assert "Nothing was added." in page
    assert "LINE no longer accepts this account&#39;s access token" in page
    assert 'value="shop"' in page
    assert FORM["token"] not in page
    assert await stored(site, "shop") is None
    await ann.post("/console/language", language="zh-Hant")
    page = await (await ann.post(NEW, **FORM)).text()
    assert "<ul><li>LINE 不再接受這個帳號的存取權杖；請由管理員更新。</li></ul>" in page


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "two words"}, "A name has letters"),
        ({"name": f'"{XSS}'}, "A name has letters"),
        ({"name": "tea"}, "already an account of this name"),
        ({"secret": "  "}, "Fill in every field"),
        ({"token": "x" * 2001}, "2,000 characters"),
        ({"token": "a\r\nX-Evil: 1"}, "2,000 characters"),
    ],
)
async def test_what_cannot_be_used_is_told_at_its_field(site, ann, changed, told):
    answer = await ann.post(NEW, **FORM | changed)
    page = await answer.text()
    assert answer.status == 422
    assert told in page
    assert XSS not in page


async def test_the_same_account_is_not_added_twice(site, ann):
    await added(site, ann)
    answer = await ann.post(NEW, **FORM | {"name": "again"})
    assert answer.status == 422
    assert "connected already" in await answer.text()
    assert await stored(site, "again") is None


async def test_only_the_simulator_can_be_named_in_place_of_a_platform(site, ann, platform):
    answer = await ann.post(NEW, **FORM | {"api_base": "http://169.254.169.254"})
    assert answer.status == 303
    assert (await stored(site, "shop")).api_base == f"{platform.base}/simulator/line"


async def test_an_unknown_channel_has_no_form(site, ann):
    assert (await ann.get("/console/accounts/new/pigeon")).status == 404
    assert (await ann.post("/console/accounts/new/pigeon", **FORM)).status == 404


async def test_the_first_event_turns_the_step_green(site, ann):
    place, account = await added(site, ann)
    part = await (await ann.part(f"{place}/live")).text()
    assert 'hx-swap-oob="morph"' in part
    assert 'data-role="unheard"' in part
    await site.db.screens.execute(
        "UPDATE channel_account SET webhook_at = $2 WHERE id = $1", account.id, site.clock.now()
    )
    part = await (await ann.part(f"{place}/live")).text()
    assert 'data-role="heard"' in part
    assert "Waiting for" not in part


async def state(site, account):
    query = "SELECT state, paused_at IS NOT NULL FROM channel_account WHERE id = $1"
    return tuple(await site.db.screens.fetchrow(query, account.id))


@pytest.mark.parametrize(
    ("answer", "told", "after"),
    [
        (Answer(200, BOT), "The platform confirmed", "ok"),
        (Answer(401, {"message": "Authentication failed"}), "did not confirm", "reconnect"),
        (Answer(500, {"message": "Oops"}), "did not confirm", "ok"),
    ],
)
async def test_a_test_turns_an_account_red_only_when_its_credentials_are_refused(
    site, ann, platform, answer, told, after
):
    place, account = await added(site, ann)
    platform.known[INFO] = answer
    page = await (await ann.post(f"{place}/test")).text()
    assert told in page
    assert (await state(site, account))[0] == after


async def test_an_account_is_paused_and_resumed_and_its_composer_says_so(site, ann):
    place, account = await added(site, ann)
    chat = await site.chat(account=account)
    assert (await ann.post(f"{place}/pause")).status == 303
    assert await state(site, account) == ("ok", True)
    assert "paused" in await ann.words("/console/accounts")
    assert "This account is paused" in await ann.words(f"/console/inbox/{chat.id}")
    reply = f"/console/inbox/{chat.id}/reply"
    assert (await ann.act(reply, text="Hi", form_id="form-12345")).status == 409
    assert (await ann.post(f"{place}/resume")).status == 303
    assert await state(site, account) == ("ok", False)


async def test_an_account_is_removed_once_its_name_is_typed_and_its_conversations_stay(site, ann):
    place, account = await added(site, ann)
    chat = await site.chat(account=account)
    wrong = await ann.post(f"{place}/remove", name="shopp")
    assert wrong.status == 422
    assert "nothing was removed" in await wrong.text()
    assert (await ann.post(f"{place}/remove", name="shop")).status == 303
    assert await stored(site, "shop") is None
    assert (await ann.get(place)).status == 404
    assert "Mei Lin" in await ann.words("/console/inbox")
    assert "This account was removed" in await ann.words(f"/console/inbox/{chat.id}")
    reply = f"/console/inbox/{chat.id}/reply"
    assert (await ann.act(reply, text="Hi", form_id="form-12345")).status == 409


async def test_a_rivals_account_is_not_there(site, ann):
    theirs = await site.account("line", "theirs", site.rival)
    place = f"/console/accounts/{theirs.id}"
    assert [(await ann.get(path)).status for path in (place, f"{place}/live")] == [404, 404]
    for verb in ("test", "pause", "resume", "remove", "reconnect"):
        assert (await ann.post(f"{place}/{verb}", name="theirs", token="x")).status == 404
    assert await stored(site, "theirs") is not None


async def test_metas_verify_token_is_shown_until_the_first_event(site, ann):
    meta = await site.account("messenger", "page")
    await change_account(
        site.db, site.keyring, "messenger", "page", Changes(verify_token="a word"), site.clock
    )
    assert 'value="a word"' in await ann.text(f"/console/accounts/{meta.id}")
    seen = "UPDATE channel_account SET webhook_at = created_at WHERE id = $1"
    await site.db.screens.execute(seen, meta.id)
    assert "a word" not in await ann.text(f"/console/accounts/{meta.id}")
