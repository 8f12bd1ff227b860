"""The settings' menu: what a role may open stands in it, and the entry leads to the first of it."""

from __future__ import annotations

from agent_console.access import ROUTES
from agent_console.settings_menu import SECTIONS
from team.roles import Role, may


async def test_the_entry_leads_to_the_first_section_a_role_may_open(site):
    for role in Role:
        await site.member(role.value, role.value)
        browser = await site.browser(f"{role.value}@tea.example")
        answer = await browser.get("/console/settings")
        mine = [section.path for section in SECTIONS if may(role, section.right)]
        if not mine:
            assert answer.status == 403
            continue
        assert answer.headers["Location"] == mine[0]
        page = await browser.text(mine[0])
        assert all(f'class="settings-link" href="{path}"' in page for path in mine)
        assert page.count('class="settings-link"') == len(mine)


def test_a_section_is_open_to_exactly_the_roles_its_menu_entry_names():
    for section in SECTIONS:
        roles = {role for role in Role if may(role, section.right)}
        assert ROUTES["GET", section.path.removeprefix("/console")] == roles, section.path
