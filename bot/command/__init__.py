"""One command: Request -> handle -> Reply -> say -> Card. May import ports and all to its right, never bot.flow or a vendor."""
