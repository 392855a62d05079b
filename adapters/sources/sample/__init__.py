"""A built-in day of 26 invented papers, so that everything can be tried without a network."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from adapters.sources.papers_file import read_record
from bot.model.paper import Paper

if TYPE_CHECKING:
    from datetime import datetime

NAME = "sample"


def sample_day(now: datetime) -> tuple[Paper, ...]:
    """The papers of the sample, announced at the hour that has begun; their source is `sample`."""
    lines = resources.files(__package__).joinpath("day.jsonl").read_text(encoding="utf-8")
    published = now.replace(minute=0, second=0, microsecond=0).isoformat()
    papers = []
    for line in lines.splitlines():
        record = {**json.loads(line), "published": published, "sources": [NAME]}
        read = read_record(record, "sample")
        assert isinstance(read, Paper)  # noqa: S101 - the file is ours, and a test reads it whole
        papers.append(read)
    return tuple(papers)
