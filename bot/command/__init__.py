"""One command: Request -> handle -> Reply -> say -> Card.

May import bot.ports and all to its right, never bot.flow or a vendor.
"""
