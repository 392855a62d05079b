"""One reading of text for papers and queries: TeX, words, names. Pure; imports nothing of ours."""
