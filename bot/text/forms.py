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
_ISE: Final = re.compile("is(?=(?:ations?|e|es|ed|ers?|ing)$)")
_E: Final = re.compile("es?$")
_HISSING: Final = ("ss", "sh", "ch", "x", "z")


_SHORT_MAX: Final = 3


def fold_form(raw: str, bare: str) -> str:
    """The word's one form. `bare` is `raw` without accents and case; `raw` tells *GPUs*."""
    if (
        raw[-1:] == "s"
        and raw[-3:-1].isupper()
        and raw[-3:-1].isalpha()
        and len(raw) >= _SHORT_MAX
    ):
        return _american(bare[:-1])
    return _singular(_american(bare))


def _american(word: str) -> str:
    whole = _WHOLE.get(word)
    if whole is not None:
        return whole
    if "our" in word and _OUR.match(word):  # to look for a part first costs a tenth
        word = _OUR.sub(r"\1", word, count=1)
    found = _ELL.match(word) if "ll" in word else None
    if found:
        word = found[1] + word[found.end() :]
    return _ISE.sub("iz", word) if "is" in word else word


def _singular(word: str) -> str:
    """By the first rule that fits, (b) to (g)."""
    known = _TABLE.get(word)
    if known is not None:
        return known
    if len(word) <= _SHORT_MAX or word[-1] not in "es":
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    stem = _E.sub("", word)
    return stem if stem != word and stem.endswith(_HISSING) else _without_s(word)


def _without_s(word: str) -> str:
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith(("us", "ss")) else word
