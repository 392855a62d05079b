"""Real processes on real ports: papers in, alerts out, each once, whatever happens in between."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from processes import LoopbackSource, Running, environment, eventually, running

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(os.environ.get("PAPERWIRE_TEST_DATA") or Path(__file__).parents[2] / "../shared/data")
ITEM = """<item><title>{title}</title><link>https://arxiv.org/abs/{id}</link>
<description>arXiv:{id}v{version} Announce Type: {kind} \nAbstract: {abstract}</description>
<guid isPermaLink="false">oai:arXiv.org:{id}v{version}</guid><category>cs.CL</category>
<pubDate>{day} 00:00:00 -0400</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>
<dc:creator>Ada Lovelace, Charles Babbage</dc:creator></item>"""


def feed(day: str, *items: tuple[str, str, str, int]) -> bytes:
    """An RSS answer of a day (`Mon, 02 Mar 2026`) with items of id, title, type and version."""
    rows = "\n".join(
        ITEM.format(id=i, title=t, kind=k, version=v, abstract=f"We study {t}.", day=day)
        for i, t, k, v in items
    )
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel>
<title>cs.CL updates on arXiv.org</title>
<link>http://rss.arxiv.org/rss/cs.CL</link><description>cs.CL updates</description>
<lastBuildDate>{day} 00:00:00 -0400</lastBuildDate><pubDate>{day} 00:00:00 -0400</pubDate>
{rows}</channel></rss>""".encode()


MONDAY = feed(
    "Mon, 02 Mar 2026",
    ("2603.00001", "An old diffusion model", "new", 1),
    ("2603.00002", "Parsing", "new", 1),
)
TUESDAY = feed(
    "Tue, 03 Mar 2026",
    ("2603.00011", "Diffusion models for text", "new", 1),
    ("2603.00012", "Parsing again", "new", 1),
    ("2603.00013", "A diffusion model from another class", "cross", 1),
    ("2603.00001", "An old diffusion model", "replace", 2),
    ("2603.00014", "A replaced diffusion model", "replace", 3),
)
WEDNESDAY = feed(
    "Wed, 04 Mar 2026",
    ("2603.00011", "Diffusion models for text", "replace", 2),
    ("2603.00013", "A diffusion model from another class", "replace-cross", 2),
    ("2603.00021", "The diffusion model of Wednesday", "new", 1),
)


@pytest.fixture
def source() -> Iterator[LoopbackSource]:
    """A source that shows Monday."""
    with LoopbackSource(rss={"cs.CL": MONDAY}).serving() as serving:
        yield serving


@pytest.fixture
def env(source: LoopbackSource, tmp_path: Path) -> dict[str, str]:
    """The environment of a paperwire that watches one class of that source."""
    return environment(
        tmp_path / "data",
        arxiv_feed_url=source.url,
        arxiv_oai_url=f"{source.url}/oai",
        huggingface_url=source.url,
        arxiv_categories="cs.CL",
        arxiv_poll_s="0.2",
        huggingface_poll_s="0.5",
        timezone="UTC",
    )


def asked_again(source: LoopbackSource, times: int = 2) -> bool:
    """Whether the class was asked so many times more."""
    before = source.asked.count("/rss/cs.CL")
    return eventually(lambda: source.asked.count("/rss/cs.CL") >= before + times)


def subscribed(it: Running, source: LoopbackSource) -> None:
    """Monday is taken as the baseline, then #general follows diffusion models."""
    assert eventually(lambda: "/rss/cs.CL" in source.asked)
    assert it.say('/papers subscribe "diffusion model"')["kind"] != "error"
    assert asked_again(source, 1)


def test_each_matching_new_paper_is_posted_once(
    source: LoopbackSource, env: dict[str, str], tmp_path: Path
) -> None:
    """Nothing of the first batch; of the next what is new or cross-listed; then nothing again."""
    expected = ["arxiv:2603.00011", "arxiv:2603.00013"]
    with running(env=env, cwd=tmp_path) as it:
        subscribed(it, source)
        assert it.alerts() == []

        source.rss["cs.CL"] = TUESDAY
        assert eventually(lambda: len(it.alerts()) >= 2)
        assert sorted(it.alerts()) == expected

        assert asked_again(source)
        assert sorted(it.alerts()) == expected
        assert it.stop() == 0

    with running(env=env, cwd=tmp_path) as it:
        assert asked_again(source)
        assert sorted(it.alerts()) == expected

        source.rss["cs.CL"] = WEDNESDAY
        assert eventually(lambda: len(it.alerts()) >= 3)
        assert asked_again(source)
        assert sorted(it.alerts()) == [*expected, "arxiv:2603.00021"]
        assert it.stop() == 0


def test_a_kill_loses_and_doubles_nothing(
    source: LoopbackSource, env: dict[str, str], tmp_path: Path
) -> None:
    """After kill -9 the next run goes on at once, with everything that was set and posted."""
    with running(env=env, cwd=tmp_path) as it:
        subscribed(it, source)
        source.rss["cs.CL"] = TUESDAY
        assert eventually(lambda: len(it.alerts()) >= 1)
        it.kill()

    with running(env=env, cwd=tmp_path) as it:
        # a post whose answer was lost is looked for after 40 s
        assert it.until(lambda: len(it.alerts()) >= 2, 80)
        assert asked_again(source)
        assert sorted(it.alerts()) == ["arxiv:2603.00011", "arxiv:2603.00013"]


@pytest.mark.parametrize("pause_s", [0.0, 0.3, 0.6, 0.9])
def test_a_kill_at_any_moment_of_a_batch_does_neither(
    source: LoopbackSource, env: dict[str, str], tmp_path: Path, pause_s: float
) -> None:
    """Killed while papers are taken, matched or posted: all alerts come, each once."""
    count = 60
    rows = [
        (f"2604.{number:05d}", f"Diffusion model {number}", "new", 1) for number in range(count)
    ]
    expected = [f"arxiv:{row[0]}" for row in rows]
    env["PAPERWIRE_ALERTS_PER_DAY"] = "1000"
    with running(env=env, cwd=tmp_path) as it:
        subscribed(it, source)
        before = source.asked.count("/rss/cs.CL")
        source.rss["cs.CL"] = feed("Thu, 05 Mar 2026", *rows)
        assert eventually(lambda: source.asked.count("/rss/cs.CL") > before)
        threading.Event().wait(pause_s)
        it.kill()

    with running(env=env, cwd=tmp_path) as it:
        assert it.until(lambda: len(it.alerts()) >= count, 80)
        assert asked_again(source, 1)
        assert sorted(it.alerts()) == expected


def test_one_paper_in_two_sources_is_one_alert(
    source: LoopbackSource, env: dict[str, str], tmp_path: Path
) -> None:
    """What Hugging Face shows after arXiv brings votes and code, not a second alert."""
    entry = {
        "id": "2603.00011",
        "title": "Diffusion models for text",
        "summary": "We study diffusion models.",
        "authors": [{"name": "Ada Lovelace"}],
        "publishedAt": "2026-03-03T00:00:00.000Z",
        "upvotes": 12,
        "githubRepo": "https://github.com/ada/text",
    }
    with running(env=env, cwd=tmp_path) as it:
        subscribed(it, source)
        source.rss["cs.CL"] = TUESDAY
        assert eventually(lambda: len(it.alerts()) >= 2)

        source.daily = json.dumps([{"paper": entry, "title": entry["title"]}]).encode()
        assert eventually(
            lambda: "github.com/ada/text" in json.dumps(it.say("/papers show 2603.00011"))
        )
        assert asked_again(source)
        assert sorted(it.alerts()) == ["arxiv:2603.00011", "arxiv:2603.00013"]


def test_commands_beside_a_running_one_attach_to_its_store(
    source: LoopbackSource, env: dict[str, str], tmp_path: Path
) -> None:
    """ingest, search and doctor use the running store; a second run on the folder is refused."""
    paper = {
        "id": "2603.00099",
        "title": "A recorded diffusion model",
        "abstract": "Told twice.",
        "authors": ["Ada Lovelace"],
        "categories": ["cs.CL"],
        "published": "2026-03-05",
    }
    (tmp_path / "papers.jsonl").write_text(json.dumps(paper) + "\n")

    def command(*args: str) -> tuple[int, str, str]:
        ran = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "bot", *args],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in ran.stderr
        return ran.returncode, ran.stdout, ran.stderr

    with running(env=env, cwd=tmp_path) as it:
        subscribed(it, source)
        status, out, _ = command("ingest", "--source", "papers", "papers.jsonl")
        assert (status, out) == (
            0,
            "papers.jsonl: 1 paper, 1 of them new or changed for subscriptions.\n",
        )
        assert eventually(lambda: it.alerts() == ["arxiv:2603.00099"])

        status, out, _ = command("search", "recorded", "--json")
        assert (status, json.loads(out)["id"]) == (0, "arxiv:2603.00099")

        status, out, _ = command("doctor", "--json", "--offline")
        told = json.loads(out)
        assert (status, told["problems"], told["books"]["sent"]) == (0, [], "1")

        status, out, err = command("run", "--port", "0")
        assert (status, out) == (2, "")
        assert "Another paperwire" in err

        port = it.url.rpartition(":")[2]
        status, out, err = command("run", "--port", port)
        assert (status, out) == (2, "")
        assert err.startswith(f"Port {port} of 127.0.0.1 is taken by another program")


def test_the_demo_shows_papers_without_any_network(tmp_path: Path) -> None:
    """The sample day arrives in a channel that follows something, and nothing is left behind."""
    env = environment(tmp_path / "real", redis_url="redis://127.0.0.1:1/0")
    with running(env=env, cwd=tmp_path, command="demo") as it:
        assert eventually(lambda: len(it.alerts()) >= 1)
        assert it.get("/readyz")["ok"] is True
        assert it.stop() == 0

    assert not (tmp_path / "real").exists()


def test_a_store_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    """run, search, ingest and doctor end with status 2 and no traceback."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        env = environment(tmp_path, redis_url=f"redis://:hunter2@127.0.0.1:{port}/0")
        papers = tmp_path / "p.jsonl"
        papers.write_text("{}\n")
        for args in (
            ["run", "--port", "0"],
            ["search", "x"],
            ["ingest", "--source", "papers", str(papers)],
            ["doctor"],
        ):
            ran = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-m", "bot", *args],
                env=env,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            said = ran.stdout + ran.stderr
            assert ran.returncode == 2, args
            assert "cannot be reached" in said
            assert "Traceback" not in said
            assert "hunter2" not in said


RECORDED = DATA / "responses" / "arxiv-rss"


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no data")
def test_recorded_days_alert_as_they_should(
    source: LoopbackSource, env: dict[str, str], tmp_path: Path
) -> None:
    """A baseline of one recorded day, then another: each new matching paper once."""
    source.rss = {"cs.CL": (RECORDED / "2025-05-20_cs.CL.rss.xml").read_bytes()}
    with running(env=env, cwd=tmp_path) as it:
        assert eventually(lambda: "/rss/cs.CL" in source.asked)
        assert it.say('/papers subscribe "language model" OR LLM')["kind"] != "error"
        assert asked_again(source, 1)
        assert it.alerts() == []

        source.rss = {"cs.CL": (RECORDED / "2025-10-09_cs.CL+cs.LG.rss.xml").read_bytes()}
        assert eventually(lambda: len(it.alerts()) >= 30)
        assert asked_again(source)
        found = it.alerts()
        assert len(found) == len(set(found))
