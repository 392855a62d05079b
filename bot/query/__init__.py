"""The query language: text to tree (parse.py), tree to text (show.py). Pure; may import bot.text."""
