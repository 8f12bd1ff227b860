"""What every page is looked at for: what axe finds, and whether anything sticks out sideways."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

# Only what is told of a violation travels: whole reports cost more than finding them.
RUN = """
axe.run({resultTypes: ["violations"]}).then((report) => report.violations.map(({id, impact, nodes}) => (
  {id, impact, nodes: nodes.map(({html, failureSummary}) => ({html, failureSummary}))}
)))
"""
# Colours on their way are nobody's colours. What moves for ever is left moving.
STILL = """
document.getAnimations().filter((motion) => motion.effect.getComputedTiming().endTime < Infinity)
  .forEach((motion) => motion.finish())
"""
GRAVE = {"serious", "critical"}


async def violations(page):
    """Return axe's violations on the page as it stands, motion ended: `id`, `impact`, `nodes` with their html."""
    await page.evaluate(STILL)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    return await page.evaluate(RUN)


async def hindrances(page):
    """Return what gravely hinders people on the page: (what, the elements), and whether it is too wide."""
    found = [
        (one["id"], *(node["html"] for node in one["nodes"]))
        for one in await violations(page)
        if one["impact"] in GRAVE
    ]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(("wider than the screen",))
    return found
