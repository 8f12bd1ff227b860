"""The settings of what happens in the inbox by itself: kept as entered, refused with a reason, for admins alone."""

from __future__ import annotations

import pytest

from team.automation import automation_of
from team.roles import Role

PAGE = "/console/settings/automation"
DAY = {"from_0_0": "09:00", "to_0_0": "12:00", "from_0_1": "13:00", "to_0_1": "18:00"}
NIGHT = {"from_4_0": "18:00", "to_4_0": "02:00"}
IDLE = {"idle_minutes": "30", "idle_text": "Still there?", "close_minutes": "15"}


async def kept(site, workspace=None):
    workspace = workspace or site.house
    return (await automation_of(site.db.screens, [workspace])).get(workspace)


async def test_what_is_entered_is_kept_and_shown_again(site, ann):
    fields = {
        **DAY, **NIGHT, **IDLE,
        "hours_on": "on", "holidays": "2026-12-25\r\n2026-01-01", "away_text": "Back at nine",
        "assign_on": "on", "assign_role": "service_agent",
        "rule_words": "price、價錢, cost", "rule_to": "role:seller",
    }  # fmt: skip
    assert (await ann.post(PAGE, **fields)).headers["Location"] == f"{PAGE}?saved=1"
    rules = await kept(site)
    assert rules.hours.zone == "Asia/Taipei"
    assert rules.hours.week[0] == ((540, 720), (780, 1080))
    assert rules.hours.week[4] == ((1080, 120),)
    assert [str(day) for day in rules.hours.holidays] == ["2026-01-01", "2026-12-25"]
    assert (rules.idle_minutes, rules.close_minutes) == (30, 15)
    assert [(rule.words, rule.role) for rule in rules.assign_rules] == [
        (("price", "價錢", "cost"), "seller")
    ]
    page = await ann.text(f"{PAGE}?saved=1")
    for seen in (
        "Saved.",
        'value="18:00"',
        "Back at nine",
        "Still there?",
        "price, 價錢, cost",
        "open now",
    ):
        assert seen in page, seen
    entry = await site.db.screens.fetchrow(
        "SELECT member_id, detail FROM audit_entry WHERE action = 'automation.changed'"
    )
    assert entry["member_id"] == site.ann
    assert entry["detail"]["away_text"] == {"from": "", "to": "Back at nine"}
    assert "hours" in entry["detail"]
    assert "assignee_only" not in entry["detail"], "what stays is not told"
    log = await ann.words("/console/settings/audit")
    assert "Away message nothing → Back at nine" in log


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"from_0_0": "09:00"}, "both when a span begins and when it ends"),
        ({"from_0_0": "nine", "to_0_0": "18:00"}, "times of day as 09:00"),
        ({"from_0_0": "25:00", "to_0_0": "26:00"}, "times of day as 09:00"),
        (DAY | {"from_0_1": "11:00"}, "overlap"),
        ({"holidays": "Christmas"}, "as 2026-12-25"),
        ({"away_text": "x" * 1001}, "within 1,000 characters"),
        (IDLE | {"idle_minutes": "soon"}, "as a whole number"),
        (IDLE | {"idle_minutes": "20161"}, "14 days"),
        (IDLE | {"close_minutes": ""}, "how many more minutes"),
        (IDLE | {"idle_text": " "}, "what the customer is told"),
        ({"assign_on": "on"}, "Choose who is given conversations"),
        ({"assign_on": "on", "assign_role": "marketer"}, "roles that may answer"),
        ({"rule_words": "price", "rule_to": ""}, "a role or a colleague"),
        ({"rule_words": "", "rule_to": "role:seller"}, "its words"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_entered_is_lost(site, ann, wrong, told):
    answer = await ann.post(PAGE, **{"away_text": "Back at nine", **wrong})
    page = await answer.text()
    assert answer.status == 422
    assert told in page
    assert all(f'value="{text}"' in page or f">{text}<" in page for name, text in wrong.items()
               if text.strip() and name not in {"assign_on", "assign_role", "rule_to"})  # fmt: skip
    assert await kept(site) is None


async def test_a_rule_may_name_a_colleague_of_the_house_and_nobody_else(site, ann):
    sue = await site.member("Sue", "service_agent")
    mia = await site.member("Mia", "marketer")
    spy = await site.member("Spy", "admin", site.rival)
    for stranger in (mia, spy):
        fields = {"rule_words": "price", "rule_to": f"member:{stranger.id}"}
        assert (await ann.post(PAGE, **fields)).status == 422
    assert (await ann.post(PAGE, rule_words="price", rule_to=f"member:{sue.id}")).status == 303
    assert (await kept(site)).assign_rules[0].member_id == sue.id


async def test_one_workspace_sets_nothing_for_another(site, ann):
    assert (await ann.post(PAGE, away_text="Back at nine")).status == 303
    assert await kept(site, site.rival) is None
    await site.member("Spy", "admin", site.rival)
    spy = await site.browser("spy@rival.example")
    assert "Back at nine" not in await spy.text(PAGE)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nobody_but_an_admin_sets_it(site, role):
    await site.member("Sue", role.value)
    sue = await site.browser("sue@tea.example")
    assert (await sue.post(PAGE, away_text="mine now")).status == 403
    assert await kept(site) is None
