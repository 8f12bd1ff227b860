"""The routes of the pretended Twilio API; both of Twilio's hosts in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.platform import endpoint
from simulator.twilio import content, reads, send
from simulator.twilio.answers import Twilio

if TYPE_CHECKING:
    from aiohttp import web

TWILIO = Twilio()
ACCOUNT = r"/twilio/2010-04-01/Accounts/{ac:AC[0-9a-f]{32}}"
MESSAGE = ACCOUNT + "/Messages/{sid:[SM]M[0-9a-f]{32}}"
CONTENT = "/twilio/v1/Content"
APPROVED = "/twilio/v1/ContentAndApprovals"
ONE_CONTENT = CONTENT + "/{sid:HX[0-9a-f]{32}}"


def add_routes(router: web.UrlDispatcher) -> None:
    """Mount every endpoint."""
    router.add_get(f"{ACCOUNT}.json", endpoint(TWILIO, reads.account))
    router.add_post(f"{ACCOUNT}/Messages.json", endpoint(TWILIO, send.create, sends=True))
    router.add_get(f"{ACCOUNT}/Messages.json", endpoint(TWILIO, reads.listing))
    router.add_get(f"{MESSAGE}.json", endpoint(TWILIO, reads.message))
    router.add_get(f"{MESSAGE}/Media.json", endpoint(TWILIO, reads.media_list))
    router.add_get(MESSAGE + "/Media/{media:ME[0-9a-f]{32}}", endpoint(TWILIO, reads.media_file))
    router.add_get(APPROVED, endpoint(TWILIO, content.with_approvals))
    router.add_post(CONTENT, endpoint(TWILIO, content.create))
    router.add_get(CONTENT, endpoint(TWILIO, content.listing))
    router.add_get(ONE_CONTENT, endpoint(TWILIO, content.fetch))
    router.add_delete(ONE_CONTENT, endpoint(TWILIO, content.delete))
    router.add_post(f"{ONE_CONTENT}/ApprovalRequests/whatsapp", endpoint(TWILIO, content.approve))
    router.add_get(f"{ONE_CONTENT}/ApprovalRequests", endpoint(TWILIO, content.approval))
    router.add_route("*", "/twilio/{rest:.*}", endpoint(TWILIO, reads.nowhere))
