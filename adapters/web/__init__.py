"""The local chat page, its JSON interface, and /healthz /readyz /metrics.

options.py and facts.py are what the wiring hands in; guard.py decides who may ask; api.py answers
JSON, events.py streams, static.py gives the page in page/; poster.py lets the outbox post here;
server.py puts them together. May import aiohttp and bot; never a sibling adapter.
"""
