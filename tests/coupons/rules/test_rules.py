"""The rules as properties: spans, quotas, codes, the order of refusals, waits after wrong PINs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coupons.errors import Refusal
from coupons.rules.claiming import Offer, Taken, refuse_offer, refuse_taken
from coupons.rules.codes import ean13_check, ean13_valid, grouped, normalise, unusable
from coupons.rules.quota import effective_quota, left, may_send, period_start
from coupons.rules.redeeming import (
    LONGEST_WAIT,
    At,
    PinTries,
    Purchase,
    Redeemable,
    after_wrong_pin,
    refuse_redemption,
)
from coupons.rules.validity import Span, Validity, midnight, usable
from team.roles import Role

NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
ZONES = st.sampled_from(["Asia/Taipei", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (made aware by timezones)
OPTIONAL = st.none() | INSTANTS
# A busy machine is slow to draw examples; that says nothing about the rules.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
XINYI, DAAN = UUID(int=1), UUID(int=2)


@calm
@given(OPTIONAL, OPTIONAL, INSTANTS)
def test_a_span_is_half_open(start, end, now):
    phase = Span(start, end).phase(now)
    after = end is not None and now >= end
    assert phase == (
        "after" if after else "before" if start is not None and now < start else "during"
    )


@calm
@given(OPTIONAL, OPTIONAL, OPTIONAL, OPTIONAL, INSTANTS)
def test_within_both_is_during_both(a, b, c, d, now):
    one, other = Span(a, b), Span(c, d)
    both = one.phase(now) == other.phase(now) == "during"
    assert (one.within(other).phase(now) == "during") == both


@calm
@given(INSTANTS, st.integers(1, 100_000), ZONES)
def test_minutes_are_an_exact_span_from_the_claim(issued, minutes, zone):
    """S1-16: the clock starts with the claim, and its end instant is already over."""
    span = usable(Validity(mode="claim", lasts_minutes=minutes, zone=zone), issued, None)
    assert span == Span(issued, issued + timedelta(minutes=minutes))


@calm
@given(INSTANTS, st.integers(0, 30), st.integers(1, 60), ZONES)
def test_days_end_at_midnight_of_the_last_day_the_first_counted(issued, after, days, zone):
    rule = Validity(mode="claim", starts_after_days=after, lasts_days=days, zone=zone)
    span = usable(rule, issued, None)
    place = ZoneInfo(zone)
    first = issued.astimezone(place).date() + timedelta(days=after)
    assert span.end.astimezone(place).date() == first + timedelta(days=days)
    assert span.end == midnight(issued, zone, after + days)
    assert span.start == (issued if after == 0 else midnight(issued, zone, after))


@calm
@given(INSTANTS, INSTANTS, st.integers(1, 10_000))
def test_no_clock_runs_beyond_the_coupons_own_end(issued, end, minutes):
    rule = Validity(mode="claim", outer=Span(None, end), lasts_minutes=minutes)
    assert usable(rule, issued, None).end <= end


def test_a_clock_from_first_opening_waits_for_it():
    rule = Validity(mode="open", lasts_minutes=30)
    assert usable(rule, NOON, None) is None
    opened = NOON + timedelta(days=3)
    assert usable(rule, NOON, opened) == Span(opened, opened + timedelta(minutes=30))


def test_a_fixed_range_is_the_coupons_and_no_length_lasts_on():
    assert usable(Validity(mode="fixed", outer=Span(NOON)), NOON, None) == Span(NOON)
    assert usable(Validity(mode="claim"), NOON, None) == Span(NOON)


@calm
@given(INSTANTS, ZONES)
def test_a_day_begins_at_midnight_before_the_request(arrived, zone):
    start = period_start("day", arrived, zone)
    assert start <= arrived
    assert start.astimezone(ZoneInfo(zone)).date() == arrived.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize(
    ("values", "quota"),
    [
        ({}, 5),
        ({"service_agent": 3}, 3),
        ({"service_agent": None}, None),
        ({"service_agent": 3, "sue": 8}, 8),
        ({"sue": 0}, 0),
        ({"sue": None, "service_agent": 0}, None),
    ],
)
def test_the_members_quota_beats_the_roles_beats_the_coupons(values, quota):
    assert effective_quota(values, "sue", "service_agent", 5) == quota


def test_what_is_left_is_never_below_nothing():
    assert (left(None, 9), left(5, 2), left(2, 5)) == (None, 3, 0)


def test_each_purpose_is_sent_by_exactly_its_roles():
    """S1-07: service coupons by admin, supervisor, service manager and service agent."""
    service = {"admin", "supervisor", "service_manager", "service_agent"}
    assert {role for role in Role if may_send(role, "service")} == service
    sales = {"admin", "sales_manager", "seller"}
    assert {role for role in Role if may_send(role, "sales")} == sales


def test_marketing_is_sent_by_no_member():
    assert not may_send("admin", "marketing")
    assert not may_send("nobody", "service")


def offer(**facts):
    known = {"purpose": "service", "state": "published", "sending": Span()}
    return Offer(**(known | {"validity": Validity(mode="fixed")} | facts))


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({}, None),
        ({"state": "draft"}, Refusal.DRAFT),
        ({"state": "preparing"}, Refusal.NOT_STARTED),
        ({"state": "paused"}, Refusal.DISABLED),
        ({"state": "ended"}, Refusal.SENDING_ENDED),
        ({"state": "archived"}, Refusal.SENDING_ENDED),
        ({"state": "unheard of"}, Refusal.ERROR),
        ({"sending": Span(NOON + timedelta(seconds=1))}, Refusal.NOT_STARTED),
        ({"sending": Span(None, NOON)}, Refusal.SENDING_ENDED),
        ({"validity": Validity(mode="fixed", outer=Span(None, NOON))}, Refusal.EXPIRED),
    ],
)
def test_each_reason_not_to_give_a_coupon_has_its_code(facts, refusal):
    assert refuse_offer(offer(**facts), NOON, role=None, test=False) is refusal


def test_a_role_is_checked_before_anything_is_told_about_the_coupon():
    gone = offer(state="ended")
    assert refuse_offer(gone, NOON, role="seller", test=False) is Refusal.NOT_PERMITTED


COUNTS = st.integers(0, 5)
LIMITS = st.none() | COUNTS


ROOMS = st.tuples(COUNTS, LIMITS)


@calm
@given(ROOMS, ROOMS, ROOMS, st.booleans())
def test_a_claim_passes_exactly_when_every_limit_has_room(contact, day, member, stock):
    taken = Taken(
        contact=contact[0],
        contact_limit=contact[1],
        today=day[0],
        daily_limit=day[1],
        member=member[0],
        quota=member[1],
    )
    room = all(limit is None or n < limit for n, limit in (contact, day, member))
    assert (refuse_taken(taken, stock=stock) is None) == (room and stock)


def at_the_till(**facts):
    known = {"state": "issued", "coupon_state": "published", "span": Span()}
    return Redeemable(**(known | facts))


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({}, None),
        ({"state": "voided", "span": Span(None, NOON)}, Refusal.VOIDED),
        ({"state": "released"}, Refusal.RELEASED),
        ({"state": "given_away", "span": Span(None, NOON)}, Refusal.GIVEN_AWAY),
        ({"coupon_state": "paused"}, Refusal.DISABLED),
        ({"span": None}, Refusal.NOT_YET_VALID),
        ({"span": Span(NOON + timedelta(seconds=1))}, Refusal.NOT_YET_VALID),
        ({"span": Span(None, NOON), "stores": frozenset({DAAN})}, Refusal.EXPIRED),
        ({"stores": frozenset({DAAN}), "state": "redeemed"}, Refusal.WRONG_STORE),
        ({"stores": frozenset({XINYI}), "state": "redeemed"}, Refusal.ALREADY_REDEEMED),
        ({"coupon_state": "ended"}, None),
        ({"code_disabled": True, "span": None}, Refusal.DISABLED),
        ({"minimum_spend": Decimal(201), "frozen_until": LATER}, Refusal.MINIMUM_SPEND),
        ({"minimum_spend": Decimal(201), "state": "redeemed"}, Refusal.ALREADY_REDEEMED),
        ({"minimum_spend": Decimal(200), "product": " LATTE"}, None),
        ({"product": "Mocha", "frozen_until": LATER}, Refusal.WRONG_PRODUCT),
        ({"frozen_until": LATER, "units_left": False}, Refusal.FROZEN),
        ({"frozen_until": NOON}, None),
        ({"units_left": False, "contact_left": False}, Refusal.REDEMPTION_LIMIT),
        ({"contact_left": False, "held_by": "till 2"}, Refusal.CONTACT_REDEMPTION_LIMIT),
        ({"held_by": "till 2"}, Refusal.HELD),
        ({"held_by": "till 1"}, None),
    ],
)
def test_the_checks_at_the_till_keep_their_order(facts, refusal):
    """S0-12, S0-13 and S0-14: expired, disabled and used up are told in one fixed order."""
    purchase = Purchase(amount=Decimal(200), product="latte")
    at = At(store_id=XINYI, holder="till 1", purchase=purchase)
    assert refuse_redemption(at_the_till(**facts), at, NOON) is refusal


@calm
@given(st.integers(1, 60))
def test_every_fifth_wrong_pin_waits_twice_as_long_up_to_a_day(wrong):
    tries, now, waits = PinTries(), NOON, []
    for _ in range(wrong):
        tries = after_wrong_pin(tries, now)
        if tries.blocked(now):
            waits.append(tries.blocked_until - now)
            now = tries.blocked_until
    assert len(waits) == wrong // 5
    assert waits == [min(timedelta(minutes=15) * 2**n, LONGEST_WAIT) for n in range(wrong // 5)]


@calm
@given(st.text(max_size=40))
def test_a_code_is_the_same_however_it_is_typed(text):
    assert normalise(normalise(text)) == normalise(text)
    assert normalise(f" {text}-") == normalise(text)


@calm
@given(st.integers(0, 10**12 - 1))
def test_the_check_digit_catches_any_other_digit(value):
    first = f"{value:012}"
    good = first + ean13_check(first)
    assert ean13_valid(good)
    assert not ean13_valid(first + str((int(good[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A1", None),
        (" - ", "blank"),
        ("x" * 101, "long"),
        ("a\x00", "control"),
        ("\ud800", "control"),
    ],
)
def test_a_code_that_cannot_be_used_says_why(text, reason):
    assert unusable(text) == reason


def test_a_number_is_read_in_groups():
    assert grouped("ABCDEFGHJK") == "ABCD EFGH JK"
