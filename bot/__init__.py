"""paperwire tells a channel about the new papers it cares about. This is the map.

The words: a *paper* comes from a *source*; a *subscription* is a *query* that a *channel* follows;
a paper that a subscription matches becomes an *alert*; an alert is posted as a *card*; what the
platform answers is an *outcome*, and a posted alert has a *receipt*.

One paper's way
---------------
`flow.schedule` says that a feed is due, by the announcements of the source, and one process holds
its lease. `flow.ingest` asks the source (`adapters.sources`, through the port `Source`), which
answers with a batch, with "unchanged" or with "down", never with an exception. What the batch says
of each paper is compared with what is known (`Papers.known`), a pure decision; what is new or
changed is remembered and put on the stream of papers in one script (`Papers.remember`), and the
feed's cursor moves last: a crash before it repeats, after it would lose.

`flow.match` takes papers from the stream. `flow.subscribers` keeps all subscriptions in memory, in
step with the store; `match.index` says which match, without looking at each. The alerts, some
thousand at a time, are queued by a script a tenant that is idempotent by the alert's key
(`Outbox.queue`), and only then is the paper acknowledged.

`flow.deliver` leases the next due post of a channel, writes a marker, and posts the card
(`card.why` finds the words that made the paper match, `card.alert` makes the card, the platform's
`Poster` posts it). What follows from the outcome is decided by a pure function and carried out by
one script (`Outbox.settle`): the receipt is kept and the post removed together.
`flow.index_archive` reads the same stream into the archive (`adapters.archive`), which search and
forecasts read; losing it loses no alert.

One command's way
-----------------
A platform's adapter (`adapters.slack`, `adapters.discord`, or `adapters.web`, the local page)
turns what was typed or pressed into a `command.request.Request` and calls `answer(request)`.
`command.handle` reads it by the declarations in `command.spec`, checks who may, parses queries
(`query.parse`), asks the ports for facts, decides, and answers with a `Card`, errors too. The
adapter escapes and renders it. A card's buttons are commands: pressing one is the same as typing
it.

Who knows whom
--------------
`__main__ -> cli -> app -> settings, world -> adapters.* -> command | flow -> ports -> card ->
match -> model -> query -> text`. Each may import what stands to its right; the checks enforce it
(pyproject.toml). Everything right of `flow` is pure. `app` alone joins ports with adapters,
`world` alone has a clock and chance, `settings` alone reads the environment.
"""
