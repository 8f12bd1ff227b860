"""What people come in by: a second step, the links of invitations and new passwords."""

from __future__ import annotations

import re
from datetime import timedelta

from pyotp import TOTP

NEW_PASSWORD = "seven blue teapots"


class Authenticator:
    """What a member's phone shows; `later` moves the clock so that the next code is a new one."""

    def __init__(self, site, secret):
        self.site, self.secret = site, secret

    def code(self, steps=0):
        return TOTP(self.secret).at(self.site.clock.now(), counter_offset=steps)

    def later(self):
        self.site.clock.advance(timedelta(seconds=30))
        return self.code()


async def set_up(site, browser):
    """Turn the second step on for a signed-in browser; returns the authenticator and the recovery codes."""
    assert (await browser.post("/console/me/two-steps/begin")).status == 303
    secret = re.search(
        r'id="secret" readonly value="(\w+)"', await browser.text("/console/me/two-steps")
    )
    phone = Authenticator(site, secret[1])
    answer = await browser.post("/console/me/two-steps/confirm", code=phone.code())
    assert answer.status == 200
    return phone, re.findall(r"<li>([A-Z2-9]{5}-[A-Z2-9]{5})</li>", await answer.text())


async def link_on(answer):
    """Return the path of the link that a page shows once."""
    html = await answer.text()
    return re.search(r'id="link-url" readonly value="http://localhost:8080(/[^"]+)"', html)[1]
