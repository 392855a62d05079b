"""The text of every paper seen, and full-text search over it (SQLite FTS5).

Derived from the stream of papers: losing the file loses no alert. May import bot.ports and all
to its right; must never know a platform, the store or a source.
"""
