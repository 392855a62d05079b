"""A research group's topics over a batch of papers: each topic gets its papers, and no other."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.match.index import Index
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.query.ast import Query
from bot.query.parse import parse
from bot.text.latex import plain

DATA = Path(
    os.environ.get("PAPERWIRE_TEST_DATA", Path(__file__).parents[2] / "../shared/data")
).resolve()
PAGE = DATA / "seed" / "trending-page.txt"
ABSTRACT_MIN = 300
"""Characters: on the page only abstracts are that long, and each follows its title."""

SATORI, VIDEO, SMART, TAXONOMY = "Satori", "Treating Motion", "SMART", "Taxonomy Adaptive"
ACTOR, RECTIFY, CLOTH, PLUG = "OneActor", "Self-Rectifying", "RAGDiffusion", "Towards Practical"
CAPTION, ZERO, TURBULENCE = "CgT-GAN", "Benchmarking Knowledge", "An Old-Fashioned"

TRENDING = {
    '"diffusion model"': [ACTOR, RECTIFY, PLUG],
    'guidance "diffusion model" -character': [RECTIFY, PLUG],
    '"reinforcement learning" (LLM OR "language model")': [SATORI, SMART],
    'title:reasoning ("language model" OR LLM)': [SATORI, SMART],
    "RAG OR retrieval-augmented": [CLOTH],
    "rag*": [CLOTH],
    '"medical imaging" OR "medical image" OR "domain adaptation"': [TAXONOMY],
    '"video object segmentation" OR "optical flow"': [VIDEO],
    "zeroshot": [ZERO],
    '"knowledge graph" OR "external knowledge"': [CLOTH, ZERO],
    '"image generation" -GANs': [ACTOR, PLUG],
    '(GANs OR CLIP) "image captioning"': [CAPTION],
    "finetuning": [PLUG],
    "fine-tuning": [PLUG],
    "=SMART": [SMART],
    "turbulence modelling": [TURBULENCE],
    '"physics-informed" OR quantum': [],
}
"""Topics, and how the titles of their papers begin."""

OWN = [
    ("Flow Matching for Protein Design", "We train a diffusion model on backbones.", "q-bio.BM"),
    ("Pre-training Vision–Language Models", "A pretrained encoder; fine-tuned on GPUs.", "cs.CV"),
    ("RAGtime: Music from Retrieval", "A retrieval-augmented generator for ragtime.", "cs.SD"),
    ("On the Losses of GANs", "Generative adversarial networks, analysed.", "stat.ML"),
    ("Zero-Shot Robot Manipulation", "Robots that act without training data.", "cs.RO"),
    ("Schrödinger Bridges without Tears", "We relate them to diffusion models.", "math.PR"),
    ("RAG or Long Context?", "Language models with retrieval (RAG) compared.", "cs.CL"),
    ("A Survey of Diffusion", "Of heat. No model of images is meant.", "physics.flu-dyn"),
]

GROUP = {
    '"diffusion model"': ["Flow", "Schrödinger"],
    "diffusion -title:survey": ["Flow", "Schrödinger"],
    "pretraining": ["Pre-training"],
    "pretrain*": ["Pre-training"],
    '"vision language model"': ["Pre-training"],
    "RAG": ["RAG or"],
    "rag*": ["RAGtime", "RAG or"],
    "=RAG retrieval": ["RAG or"],
    "GAN loss": ["On the Losses"],
    "zeroshot cat:cs": ["Zero-Shot"],
    "schrodinger": ["Schrödinger"],
    "cat:physics OR cat:math": ["Schrödinger", "A Survey"],
    "robot -manipulation": [],
}


def _papers(batch: list[tuple[str, str, str]]) -> list[Paper]:
    return [
        Paper(
            id=PaperId(f"arxiv:2603.{number:05}"),
            title=plain(title),
            abstract=plain(abstract),
            authors=("A. Author",),
            categories=(category,),
            published_at=datetime(2026, 3, 2, tzinfo=UTC),
            announced=AnnounceType.NEW,
            sources=("arxiv",),
        )
        for number, (title, abstract, category) in enumerate(batch)
    ]


def _trending() -> list[tuple[str, str, str]]:
    if not PAGE.exists():
        pytest.skip("no data")
    batch = []
    title = ""
    for line in filter(str.strip, PAGE.read_text(encoding="utf-8").splitlines()):
        if len(line) >= ABSTRACT_MIN:
            batch.append((title, line, "cs.LG"))
        title = line
    return batch


def _delivered(topics: dict[str, list[str]], batch: list[Paper]) -> dict[str, list[str]]:
    """What each topic gets, in the papers' order, as the expected beginnings of titles."""
    index = Index()
    names = list(topics)
    for number, topic in enumerate(names):
        query = parse(topic)
        assert isinstance(query, Query), query
        index.add(number, query.tree)
    got: dict[str, list[str]] = {topic: [] for topic in topics}
    for paper in batch:
        for number in index.match(paper).tolist():
            topic = names[number]
            begins = [title for title in topics[topic] if paper.title.startswith(title)]
            got[topic] += begins or [paper.title]
    return got


def test_a_small_batch_reaches_its_topics() -> None:
    """Eight papers, thirteen topics: forms, hyphens, prefixes, exact words, classes and NOT."""
    assert _delivered(GROUP, _papers(OWN)) == GROUP


def test_the_trending_papers_reach_their_topics() -> None:
    """The eleven papers of a trending page go to a research group's topics, each to its own."""
    batch = _papers(_trending())

    assert len(batch) == 11
    assert _delivered(TRENDING, batch) == TRENDING
