"""Words: what a word is, which forms are one, where it stands (QUERY.md, rules 2 to 6)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.words import COMPOUND_PARTS_MAX, Token, bare, compounds, fold, forms, tokens


def raws(text: str) -> list[str]:
    """The words as written."""
    return [token.raw for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Graph neural networks, in 3D.", ["Graph", "neural", "networks", "in", "3D"]),
        ("node2vec_v2", ["node2vec", "v2"]),
        ("U.S. and/or AT&T", ["U", "S", "and", "or", "AT", "T"]),
        ("Hinton's Bayes’s OPENAI'S", ["Hinton", "Bayes", "OPENAI"]),
        ("don't it's", ["don", "t", "it"]),
        ("a's's-b it's's", ["a", "s", "b", "it", "s"]),
        ("C++ C# F#", ["C++", "C#", "F#"]),
        ("C++17 and C/C++-based", ["C++", "17", "and", "C", "C++", "based"]),
        ("ABC++ A##", ["ABC", "A"]),
        ("扩散模型 für नमस्ते", ["扩散模型", "für", "नमस्ते"]),
        ("ﬁne-tuning CO₂ Ⅷ", ["fine", "tuning", "CO2", "VIII"]),
        ("", []),
        ("-- ' ++ #", []),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, expected: list[str]) -> None:
    """Rule 3, after NFKC: runs, without 's, and single letters with ++ or #."""
    assert raws(text) == expected


@pytest.mark.parametrize(
    "one_form",
    [
        "Schrödinger schrodinger SCHRÖDINGER Schro\u0308dinger",
        "GPUs GPU gpus gpu",
        "LMs LM lms",
        "CNNs CNN cnns cnn",
        "GANs GAN gans",
        "loss losses",
        "class classes",
        "cache caches",
        "size sizes",
        "matrix matrices",
        "index indices",
        "analysis analyses",
        "crisis crises",
        "thesis theses",
        "criterion criteria",
        "corpus corpora",
        "bias biases",
        "lens lenses",
        "virus viruses",
        "movie movies",
        "study studies",
        "gate gates",
        "organisation organisations organization organizations",
        "optimise optimize optimises optimizes",
        "optimised optimized",
        "optimising optimizing",
        "optimiser optimisers optimizer",
        "behaviour behaviours behavior",
        "behavioural behavioral",
        "colour color colours",
        "neighbourhood neighborhood neighbourhoods",
        "rumour rumor",
        "modelling modeling",
        "labelled labeled",
        "travelling traveling",
        "channelled channeled",
        "cancellation cancelation",
        "tunnelling tunneling",
        "centre center centres",
        "fibre fiber fibres",
        "analyse analyze",
        "analysed analyzed",
        "analysers analyzer",
        "analysing analyzing",
        "catalogue catalog catalogues",
        "grey gray",
        "artefacts artifact",
        "defence defense",
        "Łukasz Lukasz lukasz",
    ],
)
def test_forms_of_one_word_fold_together(one_form: str) -> None:
    """Rule 5: British is American, the plural is the singular."""
    assert len({fold(word) for word in one_form.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("generative", "general"),
        ("modeled", "model"),
        ("RAG", "fragment"),
        ("gas", "ga"),
        ("bus", "bu"),
        ("CSS", "CS"),
        ("status", "statu"),
        ("hours", "horse"),
        ("mathematics", "math"),
        ("GAN", "GA"),
        ("analyses", "analyze"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    """Rule 5 goes no further than spelling and number."""
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("series", "sery"),
        ("eies", "eie"),
        ("heroes", "heroe"),
        ("focus", "focus"),
        ("boss", "boss"),
        ("axis", "axis"),
        ("GPs", "gp"),
        ("Gps", "gps"),
        ("matrix", "matrix"),
        ("lms", "lm"),
        ("noises", "noiz"),
        ("C++", "c++"),
    ],
)
def test_number_follows_the_first_rule_that_fits(word: str, folded: str) -> None:
    """Rule 5, (a) to (g) in their order; words of three letters stay."""
    assert fold(word) == folded


def test_a_prefix_meets_words_without_rule_five() -> None:
    """Accents and case go, spelling and number stay (rule 8)."""
    assert [bare(word) for word in ("Éclairs", "GPUs", "Modelling")] == [
        "eclairs",
        "gpus",
        "modelling",
    ]


@pytest.mark.parametrize(
    ("text", "ties"),
    [
        ("pre-training", [True, False]),
        ("pre‐training", [True, False]),
        ("pre‑training", [True, False]),
        ("pre -training pre- training", [False] * 4),
        ("pre--training", [False, False]),
        ("pre–training", [False, False]),
        ("Newton's-method", [True, False]),
        ("x²-GAN", [True, False]),
    ],
)
def test_a_hyphen_ties_only_between_two_word_characters(text: str, ties: list[bool]) -> None:
    """Rule 6: U+002D, U+2010 and U+2011, nothing else."""
    assert [token.joined for token in tokens(text)] == ties


def test_compounds_are_all_neighbouring_parts() -> None:
    """`pre-training-free` spells pretraining, pretrainingfree and trainingfree."""
    found = list(compounds(tokens("no pre-training-free GPUs")))

    assert found == [
        (1, 3, "pretraining", "pretraining"),
        (1, 4, "pretrainingfree", "pretrainingfree"),
        (2, 4, "trainingfree", "trainingfree"),
    ]


def test_a_long_hyphenated_run_costs_a_bounded_number_of_compounds() -> None:
    """Each part begins at most COMPOUND_PARTS_MAX - 1 compounds."""
    found = list(compounds(tokens("a-" * 500 + "a")))

    assert len(found) <= 501 * (COMPOUND_PARTS_MAX - 1)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("½ ﬁne x", "x"),
        ("e\u0301tude of x²s", "x²s"),
        ("ﬃ ﬁne-tuned ﬂow", "ﬁne"),
        ("각 각 GPU", "GPU"),
        ("a … naïve", "naïve"),
    ],
)
def test_places_count_in_the_given_text(text: str, word: str) -> None:
    """NFKC changes lengths; the places do not move with it."""
    assert word in [text[token.start : token.end] for token in tokens(text)]


TEXTS = st.text(
    st.one_of(
        st.sampled_from(" -'’s+#C½ﬁ²ö\u0301\u0338각\u1100\u1161\u11a8ﾞ‐‑_.\u0b47\u0b57İ"),
        st.characters(),
    ),
    max_size=40,
)


@given(TEXTS)
def test_tokens_stand_in_order_inside_the_text(text: str) -> None:
    """Places rise, lie in the text, and hold the word as written."""
    before = 0
    for token in tokens(text):
        assert before <= token.end
        assert 0 <= token.start < token.end <= len(text)
        assert token.folded
        assert token.raw[0] in unicodedata.normalize("NFKC", text[token.start : token.end])
        before = token.start


@given(TEXTS)
@example("a's's-b")
@example("a's\u2010b")
def test_forms_say_the_same_as_tokens(text: str) -> None:
    """The quick way of the matcher and the full one agree."""
    found = tokens(text)

    assert forms(text) == (
        [token.raw for token in found],
        [i for i, token in enumerate(found) if token.joined],
    )


@given(TEXTS)
def test_the_query_reads_the_words_that_the_paper_shows(text: str) -> None:
    """Reading the words as written again gives the same words."""
    found = [token.raw for token in tokens(text)]

    assert raws(" ".join(found)) == found


def test_plain_and_odd_texts_are_read_alike() -> None:
    """One odd character sends a text the long way, where the same words come out."""
    text = "Pre-trained GANs, Hinton's net-of-nets; a--b (x_1)"

    assert [token[:2] for token in tokens(text)] == [
        token[:2] for token in tokens(f"{text} \u0915\u0940")[:-1]
    ]
    assert tokens("RAG-x")[0] == Token("rag", "RAG", 0, 3, True)
