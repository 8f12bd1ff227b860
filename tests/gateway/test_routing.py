"""Whose events are these: nothing enters an account but what its own secret signed."""

from __future__ import annotations

import json

import pytest

from tests.channels.harness import CHANNELS, samples

META = ("instagram", "messenger")
every_channel = pytest.mark.parametrize("name", CHANNELS)
both = pytest.mark.parametrize("name", META)


async def owners(gate):
    return [owner for owner, _ in await gate.stored()]


@every_channel
async def test_another_workspace_cannot_inject_by_naming_our_account(gate, name):
    ours = await gate.account(name, "ours")
    theirs = await gate.account(
        name, "theirs", external_id="X999", secret="their own secret", shared_keys={}
    )
    body = samples(name).text_body("buy from us instead")
    assert samples(name).ACCOUNT.external_id.encode() in body or name in META
    assert (await gate.post(theirs, body, signer=theirs))[0] == 200
    assert await gate.stored() == []
    assert gate.count("tessera_intake_events_total", channel=name, outcome="foreign") == 1
    assert (await gate.post(theirs, body, signer=ours))[0] == 401


@both
async def test_one_app_posts_the_events_of_all_its_pages_to_one_address(gate, name):
    page = samples(name).ACCOUNT.external_id
    tea = await gate.account(name, "tea", external_id="another page")
    coffee = await gate.account(name, "coffee", external_id=page)
    body = samples(name).text_body("hello")
    assert (await gate.post(tea, body, signer=tea))[0] == 200
    assert await owners(gate) == [coffee.id]


@both
async def test_among_accounts_with_one_page_id_the_signature_decides(gate, name):
    page = samples(name).ACCOUNT.external_id
    path = await gate.account(name, "path", external_id="another page")
    await gate.account(name, "claims to be it", external_id=page, secret="not the app's secret")
    real = await gate.account(name, "real", external_id=page)
    await gate.post(path, samples(name).text_body("hello"))
    assert await owners(gate) == [real.id]


@every_channel
async def test_the_account_of_the_path_goes_before_its_twins(gate, name):
    await gate.account(name, "twin")
    account = await gate.account(name, "path")
    await gate.account(name, "third")
    await gate.post(account, samples(name).text_body("hello"))
    assert await owners(gate) == [account.id]


@every_channel
async def test_an_account_that_does_not_know_its_id_yet_takes_what_is_signed(gate, name):
    account = await gate.account(name, external_id="")
    await gate.post(account, samples(name).text_body("hello"))
    assert await owners(gate) == [account.id]


async def test_a_number_that_is_not_ours_is_dropped_on_whatsapp(gate):
    account = await gate.account("whatsapp", address="+886999999999")
    assert (await gate.post(account, samples("whatsapp").text_body("hello")))[0] == 200
    assert await gate.stored() == []


async def test_an_account_without_a_number_learns_it_from_its_first_message(gate):
    account = await gate.account("whatsapp", address="")
    await gate.post(account, samples("whatsapp").text_body("hello"))
    await gate.sightings.flush(gate.db.screens)
    address = await gate.db.screens.fetchval("SELECT address FROM channel_account")
    assert address == samples("whatsapp").ACCOUNT.address
    await gate.book.refresh()
    learnt = gate.book.named("whatsapp", "demo")
    assert learnt is not None
    assert learnt.address == address


async def test_one_call_may_hold_entries_of_several_accounts(gate):
    pages = [await gate.account("messenger", f"p{n}", external_id=f"{n}00") for n in (1, 2)]
    await gate.account("messenger", "stranger", external_id="300", secret="another app's")
    whole = json.loads(samples("messenger").text_body("hello"))
    entries = []
    for page in ("100", "200", "300", "400"):
        text = json.dumps(whole["entry"][0]).replace(samples("messenger").ACCOUNT.external_id, page)
        entries.append(json.loads(text.replace("mid", "mid", 1)))
    body = json.dumps({"object": "page", "entry": entries}).encode()
    assert (await gate.post(pages[0], body))[0] == 200
    assert sorted(await owners(gate)) == sorted(page.id for page in pages)
    assert gate.count("tessera_intake_events_total", channel="messenger", outcome="foreign") == 2
