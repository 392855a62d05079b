"""One paper: schedule, ingest, match, deliver, watch. May import ports and all to its right, never bot.command or a vendor."""
