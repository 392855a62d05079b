"""The command line's door: `paperwire` and `python -m bot`."""

from bot.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
