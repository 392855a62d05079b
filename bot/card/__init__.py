"""What is said, free of any platform: Card, what is posted (post.py), an alert's card (alert.py).

Pure. May import bot.match, bot.model, bot.query and bot.text.
"""
