"""arXiv's feeds and OAI-PMH as Papers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes import FakeLeases
from sources_kit import Script
from virtual import FakeClock

from adapters.sources import arxiv_oai, arxiv_rss
from adapters.sources.arxiv_oai import ArxivOai
from adapters.sources.arxiv_rss import ArxivRss
from adapters.sources.fetch import Fetcher
from adapters.sources.http import Answer
from adapters.sources.reads import gather
from bot.model.paper import AnnounceType, Paper
from bot.ports import Batch, Skipped, SourceDown

if TYPE_CHECKING:
    from pathlib import Path

RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel>
<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link>
<atom:link href="http://rss.arxiv.org/rss/cs.CL" rel="self"/>
<pubDate>Tue, 03 Mar 2026 00:00:00 -0500</pubDate>{items}</channel></rss>"""

ITEM = """<item><title>{title}</title><link>https://arxiv.org/abs/{id}</link>
<description>arXiv:{id}v{version} Announce Type: {type} \nAbstract: {abstract}</description>
<guid isPermaLink="false">oai:arXiv.org:{id}v{version}</guid>
<category>cs.CL</category><category>math.ST</category><category>68T50</category>
<pubDate>Tue, 03 Mar 2026 00:00:00 -0500</pubDate>
<arxiv:announce_type>{type}</arxiv:announce_type>
<arxiv:DOI>10.1000/ABC.1 10.1000/abc.2</arxiv:DOI>
<arxiv:journal_reference>J. Ex. 1 (2026) 2</arxiv:journal_reference>
<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
<dc:creator>{authors}</dc:creator></item>"""


def item(**changes: str) -> str:
    """An item; the names of `changes` replace what it says."""
    plain = {
        "title": "A title",
        "id": "2603.00001",
        "version": "1",
        "type": "new",
        "abstract": "We show it. Code: https://github.com/a/b.",
        "authors": "Ann Lee (MIT, USA), Bo Li",
    }
    return ITEM.format(**{**plain, **changes})


def read(*items: str) -> Batch:
    """The Batch of a feed with these items."""
    batch = gather(arxiv_rss.read_feed(RSS.format(items="".join(items)).encode()))
    assert isinstance(batch, Batch)
    return batch


def down(body: bytes) -> str:
    """Why the feed cannot be read."""
    got = gather(arxiv_rss.read_feed(body))
    assert isinstance(got, SourceDown)
    return got.reason


def test_an_item_becomes_a_paper_with_all_its_fields() -> None:
    """The id has no version, the abstract no prefix, the authors no affiliations."""
    expected = Paper(
        id="arxiv:2603.00001",  # type: ignore[arg-type]  # as the source is expected to say it
        title="A title",
        abstract="We show it. Code: https://github.com/a/b.",
        authors=("Ann Lee", "Bo Li"),
        categories=("cs.CL", "math.ST"),
        published_at=datetime(2026, 3, 3, 5, 0, tzinfo=UTC),
        announced=AnnounceType.REPLACE_CROSS,
        sources=("arxiv",),
        version=3,
        doi="10.1000/abc.1",
        journal="J. Ex. 1 (2026) 2",
        code_links=("https://github.com/a/b",),
        licence="http://creativecommons.org/licenses/by/4.0/",
    )

    assert (expected,) == read(item(version="3", type="replace-cross")).papers


def test_the_batch_has_the_feeds_own_date() -> None:
    """Batch.at is the channel's date, so that a feed that was not rebuilt is noticed."""
    assert datetime(2026, 3, 3, 5, 0, tzinfo=UTC) == read(item()).at == read().at


def test_a_day_without_papers_is_a_batch_without_papers() -> None:
    """Saturdays and holidays are no outage."""
    assert read().papers == ()


@pytest.mark.parametrize("old", ["hep-th/9901001", "math/0309136", "cond-mat/0501001"])
def test_old_ids_are_read(old: str) -> None:
    """Ids of before April 2007 keep their archive."""
    assert f"arxiv:{old}" == read(item(id=old, version="2", type="replace")).papers[0].id


def test_one_unreadable_item_does_not_harm_the_others() -> None:
    """An item without id, title or date is Skipped with its reason."""
    batch = read(
        item(id="9999.99999"),
        item(title=" "),
        item().replace("2026 00:00:00", "soon"),
        item(abstract="x" * 200_000),
        item(id="2603.00002"),
    )

    assert [paper.id for paper in batch.papers] == ["arxiv:2603.00002"]
    assert (
        Skipped("oai:arXiv.org:9999.99999v1", "it has no arXiv id"),
        Skipped("oai:arXiv.org:2603.00001v1", "it has no title"),
        Skipped("oai:arXiv.org:2603.00001v1", "it has no date"),
        Skipped("oai:arXiv.org:2603.00001v1", "its description is over 100,000 characters"),
    ) == batch.skipped


def test_a_feed_of_unreadable_items_is_no_quiet_day() -> None:
    """When every item is unreadable the source is down, so that the format's change is noticed."""
    body = RSS.format(items=item(title="") * 3).encode()

    assert down(body) == "None of its 3 entries could be read; the first: it has no title."


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_showings_the_strongest_type_and_newest_version_remain(order: int) -> None:
    """A paper that a feed shows twice is one paper."""
    shown = [item(type="cross", version="1"), item(type="replace", version="2")][::order]

    (paper,) = read(*shown).papers

    assert (paper.announced, paper.version) == (AnnounceType.CROSS, 2)


def test_a_full_feed_says_that_it_was_cut() -> None:
    """At 2,000 entries arXiv has left some out, the new ones first."""
    items = [item(id=f"2603.{number:05}") for number in range(1, 2_001)]

    assert read(*items).truncated
    assert not read(*items[:-1]).truncated


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ann Lee, Bo Li", ("Ann Lee", "Bo Li")),
        ("Ann Lee (1), Bo Li (1, 2) ((1) MIT, (2) ETH, Zürich)", ("Ann Lee", "Bo Li")),
        ("Ann Lee (MIT, Bo Li", ("Ann Lee", "MIT", "Bo Li")),
        ("Ann Lee), Bo Li", ("Ann Lee", "Bo Li")),
        ("Solo", ("Solo",)),
        (" , ,", ()),
    ],
)
def test_authors_are_parted_outside_of_parentheses(line: str, names: tuple[str, ...]) -> None:
    """A comma inside of an affiliation parts nothing; unbalanced parentheses lose nobody."""
    assert names == read(item(authors=line)).papers[0].authors


def test_an_unknown_type_is_told_by_the_version() -> None:
    """Without a type that is known, a first version is new and a later one a replacement."""
    items = (item(type="absonly"), item(id="2603.00002", type="x", version="2"))

    assert [p.announced for p in read(*items).papers] == [AnnounceType.NEW, AnnounceType.REPLACE]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b"<html><body>Busy</body></html>", "a web page came in its place"),
        (b"<!DOCTYPE html><html></html>", "a web page came in its place"),
        (b"Gateway timeout", "it is no well-formed XML: syntax error (line 1)"),
        (RSS.format(items=item()).encode()[:-30], "it ends in the middle (line 16)"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "it declares a document type"),
        (
            b'<?xml version="1.0" encoding="big5"?><rss/>',
            "it is written in 'big5', which is not read",
        ),
        (b"<rss><channel><title>\xff\xfe</title></channel></rss>", "it is no well-formed XML"),
        (b"\x1f\x8b\x08 a gzip that nobody opened", "it is no well-formed XML"),
    ],
)
def test_what_is_no_feed_is_source_down_with_the_reason(body: bytes, reason: str) -> None:
    """Pages, cut bodies, entities and strange encodings are told in words and never raised."""
    assert down(body).startswith(f"arXiv's feed could not be read: {reason}")


def test_another_document_is_no_feed() -> None:
    """A well-formed document of another kind is not a quiet day."""
    assert down(b"<note>hello</note>") == "arXiv's answer is no feed; it begins with <note>."


async def test_a_refused_class_is_told_in_arxivs_words() -> None:
    """HTTP 400 with a feed titled 'Feed error' gives its sentence to the operator."""
    body = (
        b"<rss><channel><title>Feed error for query: http://rss.arxiv.org/rss/cs.XX</title>"
        b"<description>Bad subject class 'XX'.</description></channel></rss>"
    )
    source, http = _source(Answer(400, {}, body))

    assert SourceDown("arXiv refuses the feed: Bad subject class 'XX'.") == await source.poll(
        "cs.XX", None
    )
    assert [url for url, _ in http.asked] == ["http://rss/rss/cs.XX"]


async def test_a_refusal_without_a_sentence_is_no_quiet_day() -> None:
    """HTTP 404 with an empty feed is a refusal all the same."""
    source, _ = _source(Answer(404, {}, RSS.format(items="").encode()))

    assert SourceDown("arXiv answered HTTP 404 for cs.CL.") == await source.poll("cs.CL", None)


@pytest.mark.parametrize(
    "feed", ["", "cs CL", "../x", "cs.CL?x=1", "cs.CL&y", "é", "+", "c" * 500]
)
async def test_what_is_no_class_is_never_asked(feed: str) -> None:
    """A feed's name cannot change the address that is asked."""
    source, http = _source(Answer(200, {}, b""))

    assert isinstance(await source.poll(feed, None), SourceDown)
    assert http.asked == []


def _source(answer: Answer) -> tuple[ArxivRss, Script]:
    clock = FakeClock(skips=True)
    http = Script([answer])
    return ArxivRss("http://rss", Fetcher(http, clock, FakeLeases(clock))), http


# ---------------------------------------------------------------- OAI-PMH

OAI = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-03-02T23:33:24Z</responseDate>
<request verb="ListRecords">https://oaipmh.arxiv.org/oai</request>{rest}</OAI-PMH>"""

RECORD = """<record><header{status}><identifier>oai:arXiv.org:{id}</identifier>
<datestamp>2026-03-01</datestamp><setSpec>cs:cs:CL</setSpec></header>
<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{id}</id><created>{created}</created>
<updated>2026-03-01</updated><authors><author><keyname>García</keyname><forenames>Ana</forenames>
<suffix>Jr</suffix><affiliation>UPV</affiliation></author><author><keyname>ATLAS</keyname></author>
</authors><title>A
  title</title><categories>cs.CL stat.ML</categories><comments>5 pages</comments>
<doi>10.1000/X</doi>
<journal-ref>J. 1</journal-ref><license>http://l/</license>
<abstract>  See gitlab.com/a/b/c </abstract>
</arXiv></metadata></record>"""


def record(paper: str = "2602.00001", created: str = "2026-02-20", status: str = "") -> str:
    """A record."""
    return RECORD.format(id=paper, created=created, status=status)


def page(*records: str, token: str = "") -> bytes:
    """A page of records."""
    rest = (
        f"<ListRecords>{''.join(records)}<resumptionToken>{token}</resumptionToken></ListRecords>"
    )
    return OAI.format(rest=rest).encode()


def test_a_record_becomes_a_paper() -> None:
    """Names are put together, affiliations dropped, and the day is the one of creation."""
    batch = gather(arxiv_oai.read_records(page(record(), token="a|b")))

    assert isinstance(batch, Batch)
    assert batch.next_page == "a|b"
    expected = Paper(
        id="arxiv:2602.00001",  # type: ignore[arg-type]  # as the source is expected to say it
        title="A title",
        abstract="See gitlab.com/a/b/c",
        authors=("Ana García Jr", "ATLAS"),
        categories=("cs.CL", "stat.ML"),
        published_at=datetime(2026, 2, 20, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
        doi="10.1000/x",
        comment="5 pages",
        journal="J. 1",
        code_links=("https://gitlab.com/a/b/c",),
        licence="http://l/",
    )
    assert (expected,) == batch.papers


async def test_restamped_records_of_old_papers_are_left_out() -> None:
    """Only papers created in the window, or five days before it, come, whatever their stamps."""
    old = [record(f"0704.{number:04}", "2007-04-02") for number in range(1, 500)]
    body = page(*old, record("2602.00001", "2026-02-11"), record("2602.00002", "2026-02-09"))
    source, http = _backfill(Answer(200, {}, body))

    batch = await source.page("cs.CL", datetime(2026, 2, 15, 9, tzinfo=UTC), None)

    assert isinstance(batch, Batch)
    assert [paper.id for paper in batch.papers] == ["arxiv:2602.00001"]
    assert batch.skipped == ()
    query = parse_qs(urlsplit(http.asked[0][0]).query)
    assert query == {
        "verb": ["ListRecords"],
        "metadataPrefix": ["arXiv"],
        "set": ["cs:cs:CL"],
        "from": ["2026-02-15"],
    }


async def test_a_page_token_is_given_back_alone_and_quoted() -> None:
    """The next page is asked with nothing but the token, which may hold any character."""
    source, http = _backfill(Answer(200, {}, page()))

    await source.page("cs.CL", datetime(2026, 2, 15, tzinfo=UTC), "verb%3DList&x=1 ü")

    url = http.asked[0][0]
    assert url == "http://oai?verb=ListRecords&resumptionToken=verb%253DList%26x%3D1%20%C3%BC"


def test_deleted_records_are_nothing() -> None:
    """A deleted record is neither a paper nor a fault."""
    deleted = (
        '<record><header status="deleted"><identifier>oai:arXiv.org:2602.00001</identifier>'
        "</header></record>"
    )
    batch = gather(arxiv_oai.read_records(page(deleted)))

    assert isinstance(batch, Batch)
    assert (batch.papers, batch.skipped) == ((), ())


@pytest.mark.parametrize(
    ("code", "start_over"), [("badResumptionToken", True), ("badArgument", False), ("", False)]
)
def test_an_error_is_told_in_its_words(code: str, start_over: bool) -> None:
    """An expired token says that the pages begin again; other errors do not."""
    body = OAI.format(rest=f"<error code='{code}'>The value is  invalid.</error>").encode()

    assert SourceDown(
        "arXiv's OAI-PMH refuses: The value is invalid.", start_over=start_over
    ) == gather(arxiv_oai.read_records(body))


def test_no_matching_records_is_an_empty_page() -> None:
    """NoRecordsMatch is an answer, not an error."""
    body = OAI.format(rest="<error code='noRecordsMatch'>None.</error>").encode()

    assert Batch(()) == gather(arxiv_oai.read_records(body))


@pytest.mark.parametrize(
    "body", [OAI.format(rest="<Identify/>").encode(), b"<rss/>", b"", b"<html>"]
)
def test_another_answer_is_no_empty_page(body: bytes) -> None:
    """An answer without a list of records is down, so that the backfill is not taken for done."""
    assert isinstance(gather(arxiv_oai.read_records(body)), SourceDown)


def test_one_unreadable_record_does_not_harm_the_others() -> None:
    """A record without id, day, title or with a boundless text is Skipped with its reason."""
    batch = gather(
        arxiv_oai.read_records(
            page(
                record("x"),
                record("2602.00002", "soon"),
                record("2602.00003").replace("A\n  title", ""),
                record("2602.00004").replace("5 pages", "x" * 200_000),
                record("2602.00005"),
            )
        )
    )

    assert isinstance(batch, Batch)
    assert [paper.id for paper in batch.papers] == ["arxiv:2602.00005"]
    assert [(skipped.entry, skipped.reason) for skipped in batch.skipped] == [
        ("oai:arXiv.org:x", "it has no arXiv id"),
        ("oai:arXiv.org:2602.00002", "it has no date of creation"),
        ("oai:arXiv.org:2602.00003", "it has no title"),
        ("oai:arXiv.org:2602.00004", "its comments is over 100,000 characters"),
    ]


def test_a_boundless_page_token_is_refused() -> None:
    """A token of 5 KB would not fit into a request."""
    got = gather(arxiv_oai.read_records(page(record(), token="t" * 5_000)))

    assert SourceDown("arXiv's OAI-PMH gave a page token that is too long to be one.") == got


async def test_the_past_cannot_be_had_from_a_server_that_is_down() -> None:
    """What the fetch says comes back as it is; a refusal without a sentence is no empty page."""
    since = datetime(2026, 2, 15, tzinfo=UTC)
    down, _ = _backfill(Answer(500, {}, b""))
    refusing, _ = _backfill(Answer(404, {}, page()))
    nowhere, asked = _backfill(Answer(200, {}, page()))

    assert SourceDown("arXiv has trouble of its own (HTTP 500).") == await down.page(
        "cs.CL", since, None
    )
    assert SourceDown("arXiv's OAI-PMH answered HTTP 404 for cs.CL.") == await refusing.page(
        "cs.CL", since, None
    )
    assert SourceDown("'c s' is no class of arXiv.") == await nowhere.page("c s", since, None)
    assert asked.asked == []


def test_every_class_has_its_set(data: Path) -> None:
    """The sets that we ask for are those that arXiv lists, for every class."""
    listed = set()
    for part in (data / "responses/arxiv-oai/listsets.xml").read_text().split("<setSpec>")[1:]:
        listed.add(part.partition("</setSpec>")[0])
    classes = {s.split(":")[1] + "." + s.split(":")[2] for s in listed if s.count(":") == 2}
    archives = {s.split(":")[1] for s in listed if s.count(":") == 1}

    assert len(classes) > 140
    asked = {arxiv_oai.set_name(feed) for feed in classes | archives}
    assert {s for s in listed if ":" in s} == asked


def test_what_is_no_class_has_no_set() -> None:
    """A feed's name cannot add to the request."""
    for feed in ("", "cs CL", "cs.CL&x=1", "a:b:c", "cs.CL+cs.LG"):
        assert arxiv_oai.set_name(feed) is None


def _backfill(answer: Answer) -> tuple[ArxivOai, Script]:
    clock = FakeClock(skips=True)
    http = Script([answer])
    return ArxivOai("http://oai/", Fetcher(http, clock, FakeLeases(clock))), http
