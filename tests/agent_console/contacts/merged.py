"""Merging and separating customers by the console's forms."""

from __future__ import annotations


async def merge(browser, kept, gone, status=303):
    path = f"/console/contacts/{kept.contact}/merge?chat={kept.id}"
    answer = await browser.post(path, **{"with": str(gone.contact)})
    assert answer.status == status, await answer.text()
    return await answer.text()


async def separate(site, browser, kept, status=303):
    key = await site.db.screens.fetchval(
        "SELECT id FROM contact_merge WHERE into_id = $1 ORDER BY at DESC", kept.contact
    )
    path = f"/console/contacts/{kept.contact}/merges/{key}/separate"
    answer = await browser.post(path)
    assert answer.status == status, await answer.text()
    return await answer.text()
