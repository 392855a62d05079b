"""The query language: text to tree (parse.py) and back (show.py). Pure; may import bot.text."""
