"""Slack: cards as Block Kit, posts for the outbox, `/papers` and buttons by Socket Mode or HTTP.

The way of one command: `link` (Socket Mode) or `door` (HTTP, verified) -> `hear` -> `listen`
(acknowledged at once; tenant and person from the payload alone: `who`) -> the injected `answer` ->
`render` -> `respond` (the asker alone sees it). The way of one post: `render` -> `poster` ->
`outcomes`. `manifest` and `check` are for the person who sets it up.

May import slack_bolt, slack_sdk, aiohttp and bot; never a sibling adapter. Must never know what a
query is, decide what is said, retry a post, or keep anything.
"""
