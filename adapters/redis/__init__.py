"""The shared truth, in Redis (7.0 or newer) or Valkey: the store's ports, and an embedded server.

May import bot.ports and what stands below it. Knows no platform and no source. `keys.py` documents
every key; what must be atomic is a script in `lua/`, and what one script touches lies in one slot.
"""
