"""Discord: commands, buttons and posts of one bot in its servers, on the gateway.

`client` is the REST side, `gateway` holds the connection and `session` is one of discord.py's
clients, `guilds` follows which servers we are in, `tree` declares the commands and `sync` tells
them, `listen` answers, `render` and `ids` make what is shown, `poster` posts once and finds again,
`invite` and `check` are for `paperwire discord invite` and `paperwire doctor`.
"""
