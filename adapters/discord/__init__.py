"""Discord: commands, buttons and posts of one bot in its guilds, on the gateway.

`client` connects and hears, `tree` declares the commands, `listen` answers, `render` and `ids`
make what is shown, `poster` posts once and finds again, `check` is for `paperwire doctor`.
"""
