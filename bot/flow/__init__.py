"""One paper: schedule, poll, ingest, match, deliver; the archive's reader; watch and supervise.

May import ports and all to its right, never bot.command or a vendor.
"""
