"""What every page is looked at for: what axe finds, and whether anything sticks out sideways."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

# Only what is told of a violation travels: whole reports cost more than finding them.
RUN = """
(only) => axe.run({resultTypes: ["violations"], ...(only.length ? {runOnly: only} : {})})
  .then((report) => report.violations.map(({id, impact, nodes}) => (
    {id, impact, nodes: nodes.map(({html, failureSummary}) => ({html, failureSummary}))}
  )))
"""
# What another theme can change about a page of the same elements; two thirds of what all rules cost.
COLOURS = ("color-contrast", "link-in-text-block")
# A theme, and the rules to try in it; () tries all.
THEMES = (("light", ()), ("dark", COLOURS))
# Colours on their way are nobody's colours. What moves for ever is left moving.
STILL = """
document.getAnimations().filter((motion) => motion.effect.getComputedTiming().endTime < Infinity)
  .forEach((motion) => motion.finish())
"""
GRAVE = {"serious", "critical"}


async def violations(page, only=()):
    """Return axe's violations on the page as it stands, motion ended: `id`, `impact`, `nodes` with their html.

    `only` names the rules to try; () tries all.
    """
    await page.evaluate(STILL)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    return await page.evaluate(RUN, [*only])


async def hindrances(page, only=()):
    """Return what gravely hinders people on the page: (what, the elements), and whether it is too wide."""
    found = [
        (one["id"], *(node["html"] for node in one["nodes"]))
        for one in await violations(page, only)
        if one["impact"] in GRAVE
    ]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(("wider than the screen",))
    return found
