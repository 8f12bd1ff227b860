"""What every page is looked at for: what axe finds, and whether anything sticks out sideways."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

# Only what is told of a violation travels: whole reports cost more than finding them.
RUN = """
(rules) => axe.run({resultTypes: ["violations"], elementRef: false, ...rules})
  .then((report) => report.violations.map(({id, impact, nodes}) => (
    {id, impact, nodes: nodes.map(({html, failureSummary}) => ({html, failureSummary}))}
  )))
"""
ALL = {}
# What another theme can change about a page of the same elements; two thirds of what all rules cost.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
# What another language can change about a page of the same elements: everything else.
WORDS = {"rules": {rule: {"enabled": False} for rule in COLOURS["runOnly"]}}
# A theme, and the rules to try in it.
THEMES = (("light", ALL), ("dark", COLOURS))
# A page that THEMES has seen in another language already.
TRANSLATED = (("light", WORDS),)
# Colours on their way are nobody's colours. What moves for ever is left moving.
STILL = """
document.getAnimations().filter((motion) => motion.effect.getComputedTiming().endTime < Infinity)
  .forEach((motion) => motion.finish())
"""
GRAVE = {"serious", "critical"}


async def violations(page, rules=ALL):
    """Return axe's violations on the page as it stands, motion ended: `id`, `impact`, `nodes` with their html."""
    await page.evaluate(STILL)
    if not await page.evaluate("'axe' in window"):
        await page.add_init_script(AXE_SCRIPT)  # spares every page after this one the half megabyte
        await page.evaluate(AXE_SCRIPT)
    return await page.evaluate(RUN, rules)


async def hindrances(page, rules=ALL):
    """Return what gravely hinders people on the page: (what, the elements), and whether it is too wide."""
    found = [
        (one["id"], *(node["html"] for node in one["nodes"]))
        for one in await violations(page, rules)
        if one["impact"] in GRAVE
    ]
    if await is_too_wide(page):
        found.append(("wider than the screen",))
    return found


async def is_too_wide(page):
    """Say whether anything sticks out sideways."""
    return await page.evaluate("document.documentElement.scrollWidth > innerWidth")
