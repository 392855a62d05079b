"""Answering a person: through the interaction's own address, or as a message only they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp
import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.client import NoAnswer, call
from adapters.slack.client import log as sdk_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.slack.buttons import Json
    from adapters.slack.render import Message
    from adapters.slack.who import Asker
    from adapters.slack.workspace import Workspace

log = structlog.get_logger()

TIMEOUT_S: Final = 10
TAKEN: Final = 200


async def answer_privately(
    asker: Asker, workspace: Workspace | None, messages: Sequence[Message], *, replace: bool
) -> None:
    """Show the messages to the asker alone; `replace` puts the first where the button stood."""
    for at, message in enumerate(messages):
        said = {
            **message.payload(),
            "response_type": "ephemeral",
            "replace_original": replace and at == 0,
        }
        if asker.url is not None and await _respond(asker.url, said):
            continue
        if workspace is not None:
            await _ephemeral(asker, workspace, message.payload())


async def answer_for_all(asker: Asker, message: Message) -> bool:
    """Show the message to everyone in the channel; False when Slack did not take it."""
    said = {**message.payload(), "response_type": "in_channel", "replace_original": False}
    return asker.url is not None and await _respond(asker.url, said)


async def _respond(url: str, said: Json) -> bool:
    """Whether the address took it: it does five times in half an hour."""
    client = AsyncWebhookClient(url, timeout=TIMEOUT_S, retry_handlers=[], logger=sdk_log)
    try:
        got = await client.send_dict(said)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        log.warning("slack.answer_lost", error=type(error).__name__)
        return False
    if got.status_code != TAKEN:
        log.warning("slack.answer_refused", status=got.status_code)
    return got.status_code == TAKEN


async def _ephemeral(asker: Asker, workspace: Workspace, said: Json) -> None:
    body = {**said, "channel": asker.channel, "user": asker.user}
    answer = await call(workspace.client, "chat.postEphemeral", body)
    reason = answer.reason if isinstance(answer, NoAnswer) else answer.error
    if reason is not None:
        log.warning("slack.answer_lost", channel=asker.channel, error=reason)
