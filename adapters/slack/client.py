"""Slack's Web API: one call, one request. The SDK's own retries are off.

The SDK sends a request again when the connection drops, although Slack may have kept the message
(two messages, one answer). Only the outbox retries, and it looks first.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

API_URL: Final = "https://slack.com/api/"

TIMEOUT_S: Final = 20
"""Seconds for a whole request; below the 25 s in which the outbox wants an outcome."""

log: Final = logging.getLogger("paperwire.slack")
"""Handed to the SDK, whose own loggers would write whole payloads when set to debug."""
log.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack answered; `body` is None where it was no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> str | None:
        """The error code; None when it went well or nothing can be read."""
        if not isinstance(self.body, dict) or self.body.get("ok") is True:
            return None
        return str(self.body.get("error") or f"http_{self.status}")


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was none. `maybe_arrived` is False only when nothing was sent."""

    reason: str
    maybe_arrived: bool


def web_client(
    token: str | None, api_url: str = API_URL, timeout_s: float = TIMEOUT_S
) -> AsyncWebClient:
    """A client that asks once."""
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        timeout=timeout_s,  # type: ignore[arg-type]  # aiohttp takes parts of seconds
        retry_handlers=[],
        logger=log,
    )


async def call(client: AsyncWebClient, method: str, body: Mapping[str, Any]) -> Answer | NoAnswer:
    """One request that does something, and its answer, whatever that is."""
    return await _caught(client.api_call(method, json=dict(body)))


async def ask(client: AsyncWebClient, method: str, params: Mapping[str, Any]) -> Answer | NoAnswer:
    """One request that reads; Slack takes no JSON there."""
    return await _caught(client.api_call(method, http_verb="GET", params=dict(params)))


async def _caught(asking: Awaitable[AsyncSlackResponse]) -> Answer | NoAnswer:
    """The answer. Raises nothing that a network can cause."""
    try:
        got = await asking
    except SlackApiError as error:
        return _answered(error)
    except SlackRequestError as error:
        return NoAnswer(str(error), maybe_arrived=False)
    except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
        return NoAnswer(f"Slack cannot be reached ({type(error).__name__})", maybe_arrived=False)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return NoAnswer(f"Slack's answer was lost ({type(error).__name__})", maybe_arrived=True)
    except (AttributeError, TypeError, LookupError) as error:
        # the SDK trips over answers that are JSON but no object, or in a charset nobody knows
        return NoAnswer(f"Slack's answer was odd ({type(error).__name__})", maybe_arrived=True)
    return Answer(int(got.status_code), got.data, got.headers)


def _answered(error: SlackApiError) -> Answer:
    """The answer within the SDK's exception, which holds one of two classes."""
    got = error.response
    if isinstance(got, aiohttp.ClientResponse):  # its body was no JSON
        return Answer(got.status, None, got.headers)
    return Answer(int(got.status_code), got.data, got.headers)
