"""Where papers come from: arXiv, Hugging Face, files. May import bot.ports and what is below it.

The way of one answer: `client` (the network, bounded) -> `fetch` (politeness) -> a source's
reader, a generator of papers and of what could not be read -> `reads`, which makes one Batch of
it. Files take the same way from the reader on (`recorded`, `papers_file`).
"""
