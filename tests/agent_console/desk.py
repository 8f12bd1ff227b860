"""Members' browsers at the console."""

from __future__ import annotations

from tests.sessions import sign_in

DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"}


class Desk:
    """Opens pages of signed-in members; `wrong` keeps errors and breaches of the policy in any of them."""

    def __init__(self, site, browser):
        self.site, self.browser = site, browser
        self.wrong, self.contexts = [], []

    async def open(self, email, path, *, init="", **options):
        """Open a signed-in member's page at `path`."""
        url = str(self.site.server.make_url("/"))
        context = await self.browser.new_context(base_url=url, **(DESK | options))
        self.contexts.append(context)
        if init:
            await context.add_init_script(init)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._note)
        await sign_in(context, self.site.db, email, url, self.site.clock.now())
        await page.goto(path)
        await page.wait_for_url(f"**{path}")
        return page

    def _note(self, line):
        if "Content Security Policy" in line.text or "Uncaught" in line.text:
            self.wrong.append(line.text)

    async def close(self):
        """Close every browser; what went wrong in a page fails the test."""
        for context in self.contexts:
            await context.close()
        assert self.wrong == [], self.wrong
