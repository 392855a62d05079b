"""Where the benchmarks find real papers, and how they read them."""

from __future__ import annotations

import gzip
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.sources.papers_file import read_record
from bot.ports import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.model.paper import Paper

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PAPERWIRE_TEST_DATA", ROOT / "../shared/data")).resolve()


def paper_files() -> list[Path]:
    """The monthly files of papers, oldest first; where there are none, the program ends."""
    files = sorted(DATA.glob("papers/*/*.jsonl.gz"))
    if not files:
        raise SystemExit(f"No papers under {DATA}: set PAPERWIRE_TEST_DATA.")
    return files


def papers(files: Sequence[Path] | None = None) -> Iterator[Paper]:
    """Papers as a source gives them: TeX read, white space folded."""
    for file in files or paper_files():
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                read = read_record(json.loads(line), "papers")
                if not isinstance(read, Skipped):
                    yield read


def machine() -> str:
    """The processor, the cores and the Python, for the head of a table."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"
