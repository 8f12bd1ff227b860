"""line-bot-sdk over our own HTTP session: profiles, quota and account facts."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

import aiohttp

from channels.line import errors
from channels.line.wire import Undecodable, decode
from conversations.channel import SendError
from runtime.words import mark

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

TIMEOUT_S = 10.0
# What the SDK's generated models raise on an answer of another shape than they expect.
ODD_ANSWER = (ValueError, TypeError, AttributeError, KeyError, RecursionError)


class _Session:
    """Stands in for the session the SDK opens: ours, with our time-out, following no redirect.

    The SDK's own session would wait 300 seconds, read proxies from the environment and follow
    redirects.
    """

    def __init__(self, http: ClientSession) -> None:
        self._http = http

    async def request(self, **call: Any) -> ClientResponse:  # noqa: ANN401 (the SDK's arguments)
        call["timeout"] = aiohttp.ClientTimeout(total=TIMEOUT_S)
        return await self._http.request(**call, allow_redirects=False)


class Sdk:
    """Calls of the SDK's API object that answer with a value instead of raising."""

    def __init__(self, http: ClientSession, base: str, token: str) -> None:
        self._http, self._base, self._token = http, base, token
        self._module: Any = None
        self._api: Any = None

    async def ask(self, method: str, *args: str) -> Any:  # noqa: ANN401 (the SDK's models)
        """Call `method` of the SDK's messaging API and return its model, or a SendError."""
        if self._module is None:
            # Importing takes most of a second, which the event loop must not lose.
            self._module = await asyncio.to_thread(import_module, "linebot.v3.messaging")
        module = self._module
        try:
            api = self._api or await self._open(module)
            # What `method` itself calls with this argument; each of the two checks all arguments.
            call = getattr(api, f"{method}_with_http_info")
            # A success without the documented object (201, 204) comes back as None.
            return await call(*args, _return_http_data_only=True) or _odd("nothing")
        except module.ApiException as error:
            return errors.classify(error.status or 0, _body(error.body), push=True)
        except TimeoutError:
            return errors.timed_out(push=True)
        except aiohttp.ClientError as error:
            return errors.not_connected(type(error).__name__)
        except ODD_ANSWER as error:
            return _odd(type(error).__name__)

    async def _open(self, module: Any) -> Any:  # noqa: ANN401 (the SDK has no types)
        configuration = module.Configuration(host=self._base, access_token=self._token)
        client = module.AsyncApiClient(configuration)
        await client.rest_client.close()
        client.rest_client.pool_manager = _Session(self._http)
        self._api = module.AsyncMessagingApi(client)
        return self._api


def _odd(detail: str) -> SendError:
    return SendError(
        code="odd_answer",
        agent_text=mark("LINE answered in a form it does not document."),
        detail=detail,
    )


def _body(raw: object) -> Any:  # noqa: ANN401 (any JSON value)
    encoded = raw.encode(errors="replace") if isinstance(raw, str) else raw
    try:
        return decode(encoded) if isinstance(encoded, bytes) else None
    except Undecodable:
        return None
