"""The values of the product: paper, channel, subscription, alert, errors.

Pure. May import bot.query and bot.text.
"""
