"""The command line: one file a command, each imported only when it is called.

`entry` turns every failure into one sentence and an exit status; the commands speak through `say`.
"""

from bot.cli.entry import main

__all__ = ["main"]
