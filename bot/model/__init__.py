"""The values of the product: paper, channel, subscription, alert, errors. Pure; may import bot.query and bot.text."""
