"""One tokeniser for papers and queries: LaTeX to Unicode, words, names. Pure; imports nothing of ours."""
