"""The table of roles in the settings says what the server's own table says."""

from __future__ import annotations

import re

from agent_console.people.words import RIGHTS
from agent_console.words import ROLES
from config.compile_locale import read_domain
from config.folders import LOCALE_DIR
from team.roles import Right, Role, may

CHINESE = LOCALE_DIR / "zh_Hant/LC_MESSAGES/console"


def test_every_right_and_role_has_its_words_in_both_languages():
    assert set(RIGHTS) == set(Right)
    assert set(ROLES) == {role.value for role in Role}
    spoken = read_domain(CHINESE)
    assert all(spoken.get(text).string for text in [*RIGHTS.values(), *ROLES.values()])


async def test_the_page_has_a_tick_exactly_where_a_role_may(site, ann):
    page = await ann.text("/console/settings/roles")
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    shown = {}
    for line in body.split("<tr>")[1:]:
        name = re.search(r'scope="row">([^<]+)<', line)[1]
        shown[name] = re.findall(r'class="visually-hidden">(yes|no)<', line)
    expected = {
        text: ["yes" if may(role, right) else "no" for role in Role]
        for right, text in RIGHTS.items()
    }
    assert shown == expected


async def test_ones_own_page_says_what_ones_role_may(site, sue):
    page = await sue.words("/console/me")
    assert "answer customers" in page
    assert "connect channels" not in page
