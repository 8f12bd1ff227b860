"""What a customer sees under the link of their claim."""

from __future__ import annotations

from datetime import timedelta

import pytest

OURS = {"Sec-Fetch-Site": "same-origin"}
SCRIPT = OURS | {"X-Tessera-Part": "main"}
PIN = {"pin": "4821", "key": "tap1"}
FETCHERS = [
    {"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
    {"User-Agent": "WhatsApp/2.23.20.0 A"},
    {"User-Agent": "facebookexternalhit/1.1;line-poker/1.0"},
    {"User-Agent": "Mozilla/5.0 Chrome/140", "Sec-Purpose": "prefetch;prerender"},
    {"User-Agent": "Mozilla/5.0 Firefox/140", "X-Moz": "prefetch"},
]


async def text(client, path, **kwargs):
    async with client.get(path, **kwargs) as answer:
        return await answer.text()


async def open_it(client, path):
    async with client.post(f"{path}/open", headers=SCRIPT) as answer:
        assert answer.status == 200
        return await answer.text()


async def redeem(client, path, **form):
    return await client.post(f"{path}/redeem", data=PIN | form, headers=OURS, allow_redirects=False)


async def test_looking_changes_nothing_and_the_first_opening_shows_the_code(shop, client, issue):
    path, claim = await issue(codes=1)
    html = await text(client, path)
    assert "Latte 50" in html
    assert claim.number[:4] not in html
    assert "4000000" not in html
    assert await shop.db.screens.fetchval("SELECT first_opened_at FROM claim") is None
    opened = await open_it(client, path)
    assert f"{claim.number[:4]} {claim.number[4:8]}" in opened
    assert "4000000" in opened
    assert f"{claim.number[:4]} {claim.number[4:8]}" in await text(client, path)


@pytest.mark.parametrize("headers", FETCHERS)
@pytest.mark.parametrize("mode", ["claim", "open", "fixed"])
async def test_a_link_preview_starts_no_clock_and_never_sees_the_code(
    shop, client, issue, *, pictures, headers, mode
):
    facts = pictures if mode == "fixed" else pictures | {"lasts_minutes": 30}
    path, claim = await issue(codes=1, validity_mode=mode, tag_on_open="opened", **facts)
    for opened in (False, True):
        if opened:
            await open_it(client, path)
        seen = await text(client, path, headers=headers)
        assert '<meta property="og:title" content="Latte 50">' in seen
        assert f'/media/coupons/{pictures["image_key"]}">' in seen
        assert claim.number[:4] not in seen
        assert "4000000" not in seen
        async with client.head(path, headers=headers) as answer:
            assert answer.status == 200
        if not opened:
            assert await shop.count("claim WHERE first_opened_at IS NOT NULL") == 0
            assert await shop.count("contact_tag") == 0


async def test_a_preview_program_that_posts_opens_nothing(shop, client, issue):
    path, claim = await issue()
    async with client.post(f"{path}/open", headers=SCRIPT | FETCHERS[0]) as answer:
        assert claim.number[:4] not in await answer.text()
    assert await shop.count("claim WHERE first_opened_at IS NOT NULL") == 0


@pytest.mark.parametrize("action", ["open", "redeem"])
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
async def test_another_site_can_neither_open_nor_redeem(shop, client, issue, action, headers):
    path, _ = await issue()
    async with client.post(f"{path}/{action}", data=PIN, headers=headers) as answer:
        assert answer.status == 403
    assert (
        await shop.count("claim WHERE first_opened_at IS NOT NULL OR redeemed_at IS NOT NULL") == 0
    )


async def test_without_script_a_button_opens_and_leads_back(client, issue):
    path, claim = await issue()
    answer = await client.post(
        f"{path}/open", headers={"Origin": "https://shop.example"}, allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert claim.number[:4] in await text(client, path)
    for action in ("open", "redeem"):
        reloaded = await client.get(f"{path}/{action}", allow_redirects=False)
        assert (reloaded.status, reloaded.headers["Location"]) == (303, path)


async def test_the_code_is_there_until_the_last_second_and_gone_at_the_end(
    shop, client, issue, clock
):
    """S1-16, S0-23: at 16:00 of a claim of 13:00 for three hours it is over; the terms stay."""
    path, claim = await issue(
        codes=1, validity_mode="claim", lasts_minutes=180, rules="One a visit"
    )
    await open_it(client, path)
    clock.advance(timedelta(hours=2, minutes=59, seconds=59))
    last = await text(client, path)
    assert "00:00:01" in last
    assert "until 16:00, Taipei time" in last
    assert claim.number[:4] in last
    clock.advance(timedelta(seconds=1))
    after = await text(client, path)
    assert "Expired" in after
    assert "One a visit" in after
    assert claim.number[:4] not in after
    assert "4000000" not in after


async def test_before_its_time_the_page_says_from_when(client, issue, clock):
    starts = clock.now() + timedelta(days=1)
    path, claim = await issue(valid_from=starts)
    html = await open_it(client, path)
    assert "Valid from May 5 13:00, Taipei time" in html
    assert claim.number[:4] not in html


async def test_a_clock_from_first_opening_runs_on_after_a_reload(shop, client, issue, clock):
    path, _ = await issue(validity_mode="open", lasts_minutes=30)
    assert "Starts when you open it, then lasts 30 minutes" in await text(client, path)
    assert "00:30:00" in await open_it(client, path)
    clock.advance(timedelta(minutes=10))
    assert "00:20:00" in await text(client, path)
    await open_it(client, path)
    assert "00:20:00" in await text(client, path)


async def test_the_right_pin_redeems_once_and_every_phone_reads_the_story(shop, client, issue):
    path, claim = await issue()
    await open_it(client, path)
    answer = await redeem(client, path)
    assert (answer.status, answer.headers["Location"]) == (303, path)
    page = await text(client, path)
    assert "✓ Redeemed" in page
    assert "May 4 13:00, Taipei time at Xinyi by Ray" in page
    assert claim.number[:4] not in page
    assert (await redeem(client, path, key="tap2")).status == 303
    assert await shop.count("redemption") == 1


async def test_a_wrong_pin_is_said_and_the_fifth_makes_wait(client, issue):
    path, _ = await issue()
    await open_it(client, path)
    for _ in range(4):
        wrong = await redeem(client, path, pin="0000")
        assert wrong.status == 422
        assert "This PIN is not right." in await wrong.text()
    last = await redeem(client, path, pin="0000")
    assert last.status == 429
    assert "Try again in 15 minutes." in await last.text()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("voided", "This coupon has been revoked."),
        ("released", "This coupon could not be delivered and was taken back."),
        ("given_away", "This coupon was given to somebody else."),
    ],
)
async def test_a_claim_that_is_gone_says_so_and_shows_no_code(shop, client, issue, state, words):
    path, claim = await issue()
    await open_it(client, path)
    await shop.db.screens.execute("UPDATE claim SET state = $1", state)
    html = await text(client, path)
    assert words in html
    assert claim.number[:4] not in html


async def test_a_paused_coupon_hides_its_code_for_the_time(shop, client, issue):
    path, claim = await issue()
    await open_it(client, path)
    await shop.db.screens.execute("UPDATE coupon SET state = 'paused'")
    html = await text(client, path)
    assert "This coupon is paused." in html
    assert claim.number[:4] not in html


async def test_a_code_that_was_switched_off_is_shown_no_more(shop, client, issue):
    path, claim = await issue(codes=1)
    await open_it(client, path)
    await shop.db.screens.execute("UPDATE code SET disabled_at = $1", shop.clock.now())
    html = await text(client, path)
    assert "This coupon is paused." in html
    assert claim.number[:4] not in html
    async with client.get(f"{path}/state") as answer:
        assert await answer.json() == {"version": "paused"}


async def test_the_page_speaks_the_contacts_language(client, issue):
    path, _ = await issue(language="zh-TW", validity_mode="claim", lasts_minutes=180)
    html = await open_it(client, path)
    assert "剩餘時間" in html
    assert "至 16:00（台北時間）" in html
    assert "Valid for" not in html


async def test_nobody_may_store_frame_or_pass_on_the_page(client, issue):
    path, _ = await issue()
    async with client.get(path) as answer:
        headers = answer.headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "private, no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


async def test_the_page_with_its_assets_is_under_60_kb_and_asks_nobody_else(client, issue):
    path, _ = await issue(codes=1, code_format="ean_13")
    html = await open_it(client, path) + await text(client, path)
    total = len(html.encode())
    for name in ("page.css", "page.js", "watch.js", "offline.js", "worker.js", "tile.svg"):
        async with client.get(f"/assets/pages/{name}") as answer:
            total += len(await answer.read())
    assert total < 60_000
    assert 'src="http' not in html
    assert 'href="http' not in html


async def test_unknown_links_are_told_so_and_slowed_down(client):
    statuses = []
    for n in range(25):
        async with client.get(f"/c/{'x' * 20}{n}") as answer:
            statuses.append(answer.status)
    assert statuses[0] == 404
    assert statuses[-1] == 429
    async with client.get("/c/short") as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("zh-TW,en;q=0.5", "這裡沒有優惠券"),
        ("zh-CN", "这里没有优惠券"),
        ("ja", "クーポンが見つかりません"),
        ("th-TH", "ไม่พบคูปองที่นี่"),
        ("fr", "There is no coupon here"),
    ],
)
async def test_an_unknown_link_is_told_so_in_the_browsers_language(client, header, words):
    async with client.get("/c/short", headers={"Accept-Language": header}) as answer:
        assert f"<h1>{words}</h1>" in await answer.text()


async def test_assets_are_cached_for_good_only_under_their_hash(client, issue):
    path, _ = await issue()
    html = await text(client, path)
    address = html.split('href="/assets/pages/page.css')[1].split('"')[0]
    async with client.get(f"/assets/pages/page.css{address}") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    async with client.get("/assets/pages/page.css?v=old") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
    for name in ("render.py", "no.css"):
        async with client.get(f"/assets/pages/{name}") as answer:
            assert answer.status == 404


async def test_the_shops_own_words_and_names_are_escaped(shop, client, issue):
    await shop.db.screens.execute("UPDATE workspace SET name = '<b>Tea</b>'")
    path, _ = await issue(rules="<script>alert(1)</script>", card_text='"><img src=x>')
    html = await open_it(client, path) + await text(client, path)
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert "<b>Tea" not in html


async def test_a_draft_under_test_says_so(shop, client):
    coupon = await shop.coupon(
        published=False, colour_page="#FFEEDD", button_url="https://x.example"
    )
    result = await shop.claim(coupon, await shop.customer(), test=True)
    path = result.claim.url.removeprefix("https://shop.example")
    html = await open_it(client, path)
    assert "Test: this coupon is a draft" in html
    assert "#FFEEDD" in await text(client, path)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"lasts_days": 3}, "then lasts 3 days"),
        ({"lasts_minutes": 120}, "then lasts 2 hours"),
        ({"lasts_minutes": 90}, "then lasts 90 minutes"),
    ],
)
async def test_a_clock_that_has_not_started_says_how_long_it_lasts(client, issue, facts, words):
    path, _ = await issue(validity_mode="open", **facts)
    assert words in await text(client, path)


async def test_far_ends_name_the_year_and_count_days_and_no_end_says_so(client, issue, clock):
    path, _ = await issue(valid_until=clock.now() + timedelta(days=400))
    far = await open_it(client, path)
    assert "400 days 00:00:00" in far
    assert "until Jun 8, 2027 13:00, Taipei time" in far
    endless, _ = await issue()
    assert "Valid without an end date" in await open_it(client, endless)


async def test_a_code_its_format_cannot_draw_is_shown_as_text(shop, client, issue):
    path, _ = await issue(fixed_code="TEA", code_format="ean_13")
    html = await open_it(client, path)
    assert "<code>TEA</code>" in html
    assert "barcode ean_13" not in html


@pytest.mark.parametrize("action", ["open", "redeem"])
async def test_posting_to_an_unknown_link_is_not_found(client, action):
    async with client.post(f"/c/{'x' * 24}/{action}", data=PIN, headers=OURS) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"pin=\xff"),
        ("application/x-www-form-urlencoded; charset=none-such", b"pin=4821"),
        ("multipart/form-data", b"pin=4821"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
    ],
)
async def test_a_form_that_cannot_be_read_is_the_senders_fault(client, issue, kind, body):
    path, _ = await issue()
    async with client.post(
        f"{path}/redeem", data=body, headers=OURS | {"Content-Type": kind}
    ) as answer:
        assert answer.status in {400, 422}


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "time at Xinyi by Ray"), ("zh-TW", "時間），Xinyi，經手人 Ray")],
)
async def test_the_stamp_tells_when_where_and_by_whom(client, issue, language, told):
    path, _ = await issue(language=language)
    await redeem(client, path)
    assert told in await text(client, path)


async def test_the_page_for_no_connection_offers_to_try_again_without_a_script(client):
    html = await text(client, "/c/offline/zh-Hant")
    assert '<a class="button primary" href="">再試一次</a>' in html
    assert "<script" not in html
