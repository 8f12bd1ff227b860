"""What is wrong with a coupon, what it lacks, and what of it stays as it is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from coupons.rules.contrast import contrasts, luminance, ratio
from coupons.rules.finish import Surroundings, missing
from coupons.rules.locks import broken
from coupons.rules.notices import fill, unknown
from coupons.rules.plan import BENEFITS, NewCoupon
from coupons.rules.problems import problems
from coupons.rules.quota import may_send
from team.roles import Role

GOOD = NewCoupon(name="Tea", purpose="service", fixed_code="A", validity_mode="claim", lasts_days=1)
ALL = Surroundings(codes=1, stores=1, features=frozenset({"sales_types", "payment"}))


def fields(found):
    return [one.field for one in found]


def test_every_wrong_field_is_named_at_once():
    bad = replace(GOOD, name="", rules="x" * 1001, quantity=-1, colour_border="red", lasts_days=0)
    assert fields(problems(bad)) == ["name", "rules", "colour_border", "quantity", "lasts_days"]


def test_terms_hold_a_thousand_characters_and_no_more():
    """S0-23, S1-19: at most 1,000 characters, Chinese ones too."""
    assert problems(replace(GOOD, rules="規" * 1000)) == []
    [problem] = problems(replace(GOOD, rules="規" * 1001))
    assert str(problem) == "Write at most 1,000 characters; these are 1,001"


@pytest.mark.parametrize(
    ("benefit", "value", "good"),
    [
        ("discount", "100", True),
        ("discount", "100.01", False),
        ("discount", "0", False),
        ("cash_value", "0.01", True),
        ("cash_value", "10000000000", False),
        ("points", "-1", False),
        ("gift", None, True),
    ],
)
def test_a_benefit_is_worth_what_makes_sense(benefit, value, good):
    """S2-03, S4-04, S4-05: each kind of benefit, with its amount."""
    plan = replace(GOOD, benefit=benefit, benefit_value=Decimal(value) if value else None)
    assert (problems(plan) == []) is good


def test_every_kind_of_benefit_can_be_designed():
    """S2-03, S4-04: discount, cash value, gift, group purchase, points, cash, general, external."""
    assert set(BENEFITS) == {
        *("discount", "cash_value", "gift", "group_buy", "points", "cash", "generic", "external"),
    }
    for benefit in BENEFITS:
        plan = replace(GOOD, benefit=benefit, benefit_value=Decimal(5), quantity=1)
        assert missing(plan, ALL) == []


def test_a_minimum_spend_is_above_nothing():
    """S2-10: cash value may need a minimum spend."""
    assert problems(replace(GOOD, minimum_spend=Decimal(300))) == []
    assert fields(problems(replace(GOOD, minimum_spend=Decimal(0)))) == ["minimum_spend"]


@pytest.mark.parametrize("display", ["text", "none"])
def test_a_tag_at_redemption_needs_the_barcode(display):
    """S1-36: the tag on redeem is refused where no barcode is shown."""
    plan = replace(GOOD, tag_on_redeem="redeemed")
    assert problems(plan) == []
    assert fields(problems(replace(plan, code_display=display))) == ["tag_on_redeem"]


@pytest.mark.parametrize(
    ("facts", "around", "field"),
    [
        ({"fixed_code": ""}, ALL, "fixed_code"),
        ({"validity_mode": "fixed", "lasts_days": None}, ALL, "valid_until"),
        ({"code_mode": "pack"}, replace(ALL, codes=0), "codes"),
        ({"code_mode": "generated"}, ALL, "quantity"),
        ({"purpose": "sales"}, replace(ALL, stores=0), "stores"),
        ({"purpose": "sales"}, replace(ALL, features=frozenset()), "purpose"),
        ({"benefit": "discount"}, ALL, "benefit_value"),
        ({"fixed_code": "latte", "code_format": "ean_13"}, ALL, "code_format"),
        ({"code_mode": "random", "code_format": "ean_13"}, ALL, "code_shape"),
        ({"code_mode": "random", "code_shape": {"kind": "?"}}, ALL, "code_shape"),
    ],
)
def test_what_is_still_missing_is_named(facts, around, field):
    """S1-21, S2-12, S2-13: a fixed code, a quantity for codes made beforehand, none needed for random ones."""
    assert fields(missing(replace(GOOD, **facts), around)) == [field]


def test_random_codes_need_no_quantity_and_no_code_needs_none():
    """S2-12, S1-27: unlimited stock is allowed; without a barcode the button leads to the shop."""
    assert missing(replace(GOOD, code_mode="random"), ALL) == []
    plain = replace(GOOD, fixed_code="", code_display="none", button_url="https://shop.example")
    assert missing(plain, ALL) == []
    assert problems(plain) == []


def test_code_mode_and_code_are_fixed_with_the_first_save():
    """S1-45: serials cannot be changed once in draft."""
    changed = replace(GOOD, code_mode="pack", fixed_code="B", name="Other")
    assert fields(broken(GOOD, changed, "draft")) == ["code_mode", "fixed_code"]
    unnamed = replace(GOOD, fixed_code="")
    assert list(broken(unnamed, GOOD, "draft")) == []


def test_what_was_promised_is_fixed_with_the_publication():
    changed = replace(GOOD, lasts_days=2, benefit="gift", rules="New", valid_until=None)
    assert fields(broken(GOOD, changed, "published")) == ["benefit", "lasts_days"]


def test_a_cash_coupons_amount_and_quantity_never_change():
    """S2-06: amount and quantity are fixed after creation."""
    cash = replace(GOOD, benefit="cash", benefit_value=Decimal(100), quantity=10)
    changed = replace(cash, benefit_value=Decimal(200), quantity=20)
    assert fields(broken(cash, changed, "draft")) == ["benefit_value", "quantity"]


def test_notices_take_four_variables_and_leave_the_rest():
    """S1-31: the customer's name, the coupon, the end and the shop."""
    assert unknown("{name} {coupon} {until} {store}") == []
    assert unknown("{nmae} {} {x}{x}") == ["{nmae}", "{}", "{x}"]
    values = {"name": "Mei {coupon}", "coupon": "Tea", "until": "", "store": "House"}
    assert (
        fill("{name}: {coupon} {until}{store} {other}", values) == "Mei {coupon}: Tea House {other}"
    )


def test_contrast_is_that_of_wcag():
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert luminance("#000000") == 0
    [button, page] = contrasts("", "#FFFFFF", "#777777")
    assert (button.field, button.ratio, button.enough) == ("colour_button_text", 4.4, False)
    assert page.enough


def test_service_coupons_are_sent_by_four_roles_and_marketing_ones_by_nobody():
    """S1-05, S1-07: admin, supervisor, service manager, service agent."""
    senders = {role for role in Role if may_send(role, "service")}
    assert senders == {"admin", "supervisor", "service_manager", "service_agent"}
    assert not any(may_send(role, "marketing") for role in Role)


@pytest.mark.parametrize(
    ("template", "read"),
    [
        ("Hi {name}, you already have {coupon}.", "Hi, you already have Latte 50."),
        ("{name}, you already have it.", "You already have it."),
        ("It is yours. {name}: see {coupon}!", "It is yours. See Latte 50!"),
        ("Sorry {name}!\n{name} has {coupon}", "Sorry!\nHas Latte 50"),
        ("Thanks, {name}", "Thanks,"),
        ("{name}", ""),
        ("{name} {coupon}", "Latte 50"),
    ],
)
def test_a_notice_reads_well_before_the_customers_name_is_known(template, read):
    assert fill(template, {"name": "", "coupon": "Latte 50"}) == read
