"""One word's forms become one: British to American, then plural to singular (QUERY.md, rule 5)."""

from __future__ import annotations

import re
from typing import Final

_SINGULAR: Final = {
    "matrices": "matrix",
    "vertices": "vertex",
    "indices": "index",
    "vortices": "vortex",
    "analyses": "analysis",
    "hypotheses": "hypothesis",
    "syntheses": "synthesis",
    "diagnoses": "diagnosis",
    "theses": "thesis",
    "axes": "axis",
    "crises": "crisis",
    "criteria": "criterion",
    "phenomena": "phenomenon",
    "corpora": "corpus",
    "biases": "bias",
    "lenses": "lens",
    "viruses": "virus",
    "statuses": "status",
    "buses": "bus",
    "movies": "movie",
    "gpus": "gpu",
    "cpus": "cpu",
    "tpus": "tpu",
    "lms": "lm",
    "nns": "nn",
}
_TABLE: Final = _SINGULAR | {singular: singular for singular in _SINGULAR.values()}

_WHOLE: Final = {
    "centre": "center",
    "centres": "centers",
    "fibre": "fiber",
    "fibres": "fibers",
    "analyse": "analyze",
    "analysed": "analyzed",
    "analyser": "analyzer",
    "analysers": "analyzers",
    "analysing": "analyzing",
    "catalogue": "catalog",
    "catalogues": "catalogs",
    "grey": "gray",
    "artefact": "artifact",
    "artefacts": "artifacts",
    "defence": "defense",
    "crises": "crises",  # a plural of the table above, not a verb in -ise
}
_OUR: Final = re.compile(
    "(behavio|colo|neighbo|tumo|labo|favo|flavo|harbo|hono|humo|vapo|armo|rumo)u(?=r)"
)
_ELL: Final = re.compile("(model|label|travel|signal|channel|cancel|level|tunnel)l(?=[aeiou])")
_ISE: Final = ("ise", "ises", "ised", "iser", "isers", "ising", "isation", "isations")
_HISSING: Final = ("ss", "sh", "ch", "x", "z")


_SHORT_MAX: Final = 3


def fold_form(raw: str, bare: str) -> str:
    """The word's one form. `bare` is `raw` without accents and case; `raw` tells *GPUs*."""
    last = bare[-1:]
    if (
        last == "s"
        and raw[-3:-1].isupper()
        and raw[-1:] == "s"
        and raw[-3:-1].isalpha()
        and len(raw) >= _SHORT_MAX
    ):
        return _american(bare[:-1])
    if bare in _KNOWN:
        return _KNOWN[bare]
    # To look for these first is a fifth of the time: most words have none of them.
    if "is" in bare or "our" in bare or "ll" in bare:
        return _singular(_american(bare))
    return _without_plural(bare) if last == "s" or last == "e" else bare  # noqa: PLR1714  # a set would cost


def _american(word: str) -> str:
    whole = _WHOLE.get(word)
    if whole is not None:
        return whole
    if "our" in word and _OUR.match(word):
        word = _OUR.sub(r"\1", word, count=1)
    found = _ELL.match(word) if "ll" in word else None
    if found:
        word = found[1] + word[found.end() :]
    if word.endswith(_ISE):
        start = word.rindex("is", 0, -1)
        word = f"{word[:start]}iz{word[start + 2 :]}"
    return word


def _singular(word: str) -> str:
    """By the first rule that fits, (b) to (g)."""
    known = _TABLE.get(word)
    return _without_plural(word) if known is None else known


def _without_plural(word: str) -> str:
    if len(word) <= _SHORT_MAX:
        return word
    if word[-1] == "e":
        return word[:-1] if word.endswith(_HISSING, 0, -1) else word
    if word[-1] != "s":
        return word
    if word[-2] != "e":
        return word if word[-2] in "us" else word[:-1]
    if word[-3] == "i" and word[-4] not in "ea":
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_HISSING, 0, -2) else word[:-1]


def beginnings(form: str) -> set[str] | None:
    """The first three letters of the words that have this form; None if it is too short to tell.

    Some may be among them with which no such word begins.
    """
    if len(form) < _SHORT_MAX:
        return None
    first = form[:_SHORT_MAX]
    found = {first, first.replace("iz", "is"), *_OTHERWISE.get(form, ())}
    if form[-1] == "y" and len(form) == _SHORT_MAX:
        found.add(f"{form[:-1]}i")  # skies
    return found


_KNOWN: Final = {word: _singular(_american(word)) for word in _WHOLE | _TABLE}
"""The one form of each word of the tables."""

TABLES: Final = frozenset(_KNOWN)
"""The words that have their form by a table; of others what they contain and end with tells."""

_OTHERWISE: Final = {
    form: {word[:_SHORT_MAX] for word, other in _KNOWN.items() if other == form}
    for form in _KNOWN.values()
}
"""How the words of the tables begin, by their form."""
