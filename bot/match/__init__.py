"""Which subscriptions match a paper, and why.

Pure; may import bot.model, bot.query and bot.text.
"""
