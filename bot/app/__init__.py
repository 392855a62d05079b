"""The wiring: settings -> adapters -> use cases -> TaskGroup. Only bot.cli names adapters besides.

`opened` gives the store and the archive, `serving` runs the roles of a process over them, `page`
is what the page is told, `sample` plays the built-in day.
"""
