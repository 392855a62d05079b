"""search, latest, show, more, why, cite, page."""

from __future__ import annotations

import pytest
from asking import GENERAL, NOON, READING, World, actions, lines, paper

from bot.card.card import CardKind, PaperPart, Para
from bot.card.paper import more_actions
from bot.card.post import PaperList
from bot.command.paper_id import read_paper_id
from bot.model.alert import Alert, PostKey, Receipt
from bot.model.channel import ChannelId, UserId
from bot.model.paper import AnnounceType, PaperId
from bot.ports import Done

ONE = "arxiv:2602.00001"


async def twelve() -> World:
    """A dozen papers, the newest first by number."""
    return await World().know(
        *(paper(number, f"Diffusion {number}", days_ago=number) for number in range(12))
    )


def titles(card: object) -> list[str]:
    """The papers of a card."""
    return [one.title for one in getattr(card, "parts", ()) if isinstance(one, PaperPart)]


async def test_search_shows_the_newest_first_in_pages() -> None:
    """Five a page, Next and Back, and a button to follow the query."""
    world = await twelve()
    first = await world.ask("search diffusion")
    second = await world.ask(actions(first)["Next"])
    third = await world.ask(actions(second)["Next"])

    assert first.kind is CardKind.RESULTS
    assert titles(first) == [f"Diffusion {number}" for number in range(5)]
    assert titles(second) == [f"Diffusion {number}" for number in range(5, 10)]
    assert titles(third) == ["Diffusion 10", "Diffusion 11"]
    assert "Next" not in actions(third)
    assert titles(await world.ask(actions(second)["Back"])) == titles(first)
    assert actions(first)["Subscribe this channel"] == "/papers subscribe diffusion"


async def test_search_knows_since_and_limit() -> None:
    """Dates are for search; the subscription it offers has none."""
    world = await twelve()
    card = await world.ask("search diffusion since:3d --limit 2")

    assert titles(card) == ["Diffusion 0", "Diffusion 1"]
    assert actions(card)["Subscribe this channel"] == "/papers subscribe diffusion"
    assert len(titles(await world.ask("search diffusion --limit 12"))) == 12


async def test_search_for_dates_alone_offers_no_subscription() -> None:
    """There would be nothing left to follow."""
    world = await twelve()

    assert "Subscribe this channel" not in actions(await world.ask("search since:3d"))


@pytest.mark.parametrize("text", ["search zebra", "search diffusion --page 9"])
async def test_nothing_found_is_told(text: str) -> None:
    """With what could help, and no page to turn on to."""
    world = await twelve()
    card = await world.ask(text)

    assert card.kind is CardKind.RESULTS
    assert titles(card) == []
    assert len(card.parts) == 1
    assert "Next" not in actions(card)


async def test_a_query_with_a_fault_shows_its_place() -> None:
    """As subscribe does."""
    assert "^" in lines(await World().ask("search diffusion )"))


async def test_latest_of_all_and_of_one() -> None:
    """By number, with pages; none yet is told."""
    world = await twelve()
    await world.ask('subscribe "diffusion 7"')

    assert titles(await world.ask("latest --limit 1")) == ["Diffusion 0"]
    assert titles(await world.ask("latest --limit 1 --page 3")) == ["Diffusion 2"]
    assert titles(await world.ask("latest 1")) == ["Diffusion 7"]
    assert (await world.ask("latest 9")).title == "Unknown subscription"
    assert "/papers status" in lines(await World().ask("latest"))


@pytest.mark.parametrize(
    "text",
    [
        "2602.00001",
        "2602.00001v3",
        "arXiv:2602.00001",
        "ARXIV: 2602.00001v2",
        "https://arxiv.org/abs/2602.00001",
        "https://arxiv.org/abs/2602.00001v2?context=cs#top",
        "arxiv.org/pdf/2602.00001.pdf",
        "http://www.arxiv.org/html/2602.00001v1/",
        "https://export.arxiv.org/abs/2602.00001",
        "https://huggingface.co/papers/2602.00001",
        "https://hf.co/papers/2602.00001",
        "https://doi.org/10.48550/arXiv.2602.00001",
        "10.48550/ARXIV.2602.00001",
        "doi:10.48550/arXiv.2602.00001",
        " <https://arxiv.org/abs/2602.00001> ",
        "id:2602.00001",
        ONE,
    ],
)
async def test_show_reads_ids_and_addresses(text: str) -> None:
    """Versions are ignored; arXiv's own DOIs are arXiv ids."""
    world = await twelve()
    card = await world.ask(f"show {text}")

    assert card.kind is CardKind.PAPER
    assert titles(card) == ["Diffusion 1"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("hep-th/9901001", "arxiv:hep-th/9901001"),
        ("math.AG/0601001v2", "arxiv:math/0601001"),
        ("https://arxiv.org/abs/hep-th/9901001v2", "arxiv:hep-th/9901001"),
        ("https://doi.org/10.1101/2026.01.01.123456", "doi:10.1101/2026.01.01.123456"),
        ("https://doi.org/10.1000%2FABC", "doi:10.1000/abc"),
        ("10.1000/ABC", "doi:10.1000/abc"),
    ],
)
def test_other_ids(text: str, meant: str) -> None:
    """Old ids and DOIs, in one spelling."""
    assert read_paper_id(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "diffusion",
        "2602",
        "260200001",
        "2613.00001",
        "https://evil.example/abs/2602.00001",
        "https://arxiv.org.evil.example/abs/2602.00001",
        "https://evil.example/?https://arxiv.org/abs/2602.00001",
        "//arxiv.org",
        "https://arxiv.org/list/cs.CL/recent",
        "10.1000",
        "٢٦٠٢.٠٠٠٠١",
        "1" * 100_000,
        "2602.00001 and more",
    ],
)
def test_what_is_no_id(text: str) -> None:
    """Nothing is guessed, and no foreign address is read."""
    assert read_paper_id(text) is None


@pytest.mark.parametrize("command", ["show", "why", "cite", "mute-from"])
async def test_unknown_papers_are_told_apart(command: str) -> None:
    """No id at all, and an id that was never seen."""
    world = await twelve()

    assert (await world.ask(f"{command} nonsense")).title == "Which paper?"
    assert (await world.ask(f"{command} 2602.99999")).title == "Not seen yet"


async def test_a_paper_is_found_by_its_alias() -> None:
    """A DOI leads to the arXiv paper that has it."""
    world = await World().know(paper(1, "Diffusion", doi="10.1000/X"))

    assert titles(await world.ask("show https://doi.org/10.1000/x")) == ["Diffusion"]


async def test_show_has_the_whole_paper() -> None:
    """The abstract uncut, and all that is known besides."""
    text = "A sentence of it. " * 60
    one = paper(1, "A", abstract=text, comment="ICLR 2026", journal="JMLR", version=3)
    card = await (await World().know(one)).ask("show 2602.00001")

    assert next(part for part in card.parts if isinstance(part, PaperPart)).abstract == text
    for line in ("Version: 3", "Comment: ICLR 2026", "Journal: JMLR", "Seen in: arXiv"):
        assert line in lines(card)


async def posted(world: World) -> None:
    """Let the head of the outbox go out."""
    head = await world.store.outbox.lease("t", ["web"], world.clock.now())
    assert head is not None
    await world.store.outbox.mark(head, world.clock.now())
    await world.store.outbox.settle(head, Done(Receipt("1")), world.clock.now())


async def test_why_follows_a_paper_to_its_post() -> None:
    """Not yet, waiting, posted: with the words for each subscription, matches first."""
    world = await twelve()
    await world.ask("subscribe zebra")
    await world.ask("subscribe diffusion --name Images")
    before = await world.ask("why 2602.00001")
    await world.ask("post-latest 2")
    for _ in range(3):
        await posted(world)
    after = await world.ask("why 2602.00001")
    told = lines(after).splitlines()

    assert "Not posted here: it was seen before the subscription" in lines(before)
    assert before.title == "Why not this paper"
    assert after.title == "Why this paper"
    assert told[2] == "Posted here on Monday 2 March, 13:00."
    assert told[3] == "#2 Images matches: Diffusion"
    assert told[4] == "#1 zebra does not match. Not met: zebra"


async def test_why_says_waiting_and_paused() -> None:
    """An alert that waits in a paused channel is told so."""
    world = await twelve()
    await world.ask("subscribe diffusion")
    await world.ask("post-latest 1")
    await world.ask("pause")

    assert (
        "Waiting to be posted here since Monday 2 March, 13:00. This channel is paused."
        in lines(await world.ask("why 2602.00001"))
    )


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        (["subscribe zebra"], "no subscription matches it"),
        (["subscribe diffusion", "mute surprise"], "it has a muted word"),
        (["subscribe diffusion --types replace"], "announced in a way"),
        (["subscribe diffusion", "pause 1"], "the subscription is paused"),
        ([], "no subscription matches it"),
    ],
)
async def test_why_not_names_the_cause(setup: list[str], said: str) -> None:
    """Each thing that keeps a paper away has its sentence."""
    world = await World().know(paper(1, "Diffusion", abstract="A surprise."))
    for text in setup:
        await world.ask(text)

    assert said in lines(await world.ask(f"why {ONE}"))


async def test_why_names_what_a_not_found() -> None:
    """The clause, and the paper's own words against it."""
    world = await World().know(paper(1, "Diffusion for Robots"))
    await world.ask("subscribe diffusion -robot")

    assert "Not met: -robot (the paper has Robots)" in lines(await world.ask("why 2602.00001"))


async def test_why_finds_the_alert_of_a_version() -> None:
    """A paper that was posted for its third version."""
    one = paper(1, "Diffusion", version=3, announced=AnnounceType.REPLACE)
    world = await World().know(one)
    key = PostKey(f"{one.id}#v3")
    await world.store.outbox.queue([Alert(key, GENERAL, one.id, (), NOON)])

    assert (await world.ask("why 2602.00001")).title == "Why this paper"


async def test_why_is_each_channel_s_own() -> None:
    """Another channel's subscriptions and posts are not told."""
    world = await twelve()
    await world.ask("subscribe diffusion", channel=READING)
    await world.ask("post-latest 1", channel=READING)
    card = await world.ask("why 2602.00001")

    assert card.title == "Why not this paper"
    assert "This channel has no subscriptions" in lines(card)


async def test_cite_gives_bibtex() -> None:
    """In columns, ready to paste."""
    card = await (await twelve()).ask("cite 2602.00001")

    assert "@misc{lovelace2026diffusion,\n  title = {{Diffusion 1}}," in lines(card)


async def test_a_posted_list_opens_in_its_channel_alone() -> None:
    """Its buttons open its pages; elsewhere it is gone, as is one that never was."""
    world = await twelve()
    alerts = tuple(
        Alert(
            PostKey(f"arxiv:2602.{number:05d}"),
            GENERAL,
            PaperId(f"arxiv:2602.{number:05d}"),
            (),
            NOON,
        )
        for number in range(12)
    )
    await world.store.outbox.queue([PaperList(PostKey("list:abc"), GENERAL, alerts, NOON)])
    card = await world.ask("page list:abc 2")

    assert card.kind is CardKind.LIST
    assert titles(card) == ["Diffusion 10", "Diffusion 11"]
    assert actions(card)["Back"] == "/papers page list:abc 1"
    gone = await world.ask("page list:xyz 1")
    assert gone.title == "That list is gone"
    assert await world.ask("page list:abc 2", channel=READING) == gone
    elsewhere = ChannelId("web", "other", "general")
    assert await world.ask("page list:abc 2", channel=elsewhere) == gone


@pytest.mark.parametrize(
    "text", ["page", "page list:abc", "page 2", "page list:abc x", "page a ²"]
)
async def test_a_page_of_nothing(text: str) -> None:
    """No number or key is a clear answer, not a fault."""
    assert (await World().ask(text)).kind is CardKind.ERROR


async def test_a_page_after_the_last_leads_back_to_the_first() -> None:
    """One step back from page 400 would be empty, too."""
    card = await (await twelve()).ask("search diffusion --page 400")

    assert actions(card)["First page"] == "/papers search diffusion --limit 5 --page 1"
    assert "Back" not in actions(card)


async def test_a_paper_not_seen_can_be_looked_up() -> None:
    """The answer leads on: to its page, or to a search for what was no id."""
    world = await twelve()

    told = actions(await world.ask("show 2602.99999"))
    assert told["Look it up"] == "https://arxiv.org/abs/2602.99999"
    told = actions(await world.ask("show Attention is all"))
    assert told["Search for it"] == "/papers search Attention is all"


async def test_more_offers_all_that_can_be_asked() -> None:
    """A menu that needs an answer of its own gets the title, linked, and the menu as buttons."""
    one = paper(1, "Diffusion", code_links=("https://github.com/a/b",))
    world = await World().know(one)
    card = await world.ask("more 2602.00001", may_manage=False)
    (title,) = card.parts

    assert isinstance(title, Para)
    assert [(run.text, run.url) for run in title.runs] == [("Diffusion", one.url)]
    assert card.buttons == more_actions(one)
    assert card.private
    assert (await world.ask("more 2602.99999")).title == "Not seen yet"
    assert "/papers more" not in lines(await world.ask("help"))


async def test_a_search_is_remembered_for_who_searched() -> None:
    """Its first page, as it was understood; what could not be read is not."""
    world = await twelve()
    for text in ("search  Diffusion   since:7d", "search (", "search gan --page 2", "latest"):
        await world.ask(text)

    recent = world.store.recent
    assert await recent.of(GENERAL, UserId("local")) == ["Diffusion since:7d"]
    assert await recent.of(READING, UserId("local")) == ["Diffusion since:7d"]
    assert await recent.of(GENERAL, UserId("U2")) == []


async def test_a_search_needs_no_memory() -> None:
    """Where nothing remembers, it answers all the same."""
    world = (await twelve()).with_desk(recent=None)

    assert len(titles(await world.ask("search diffusion"))) == 5


async def test_show_offers_each_thing_once() -> None:
    """The menu does not repeat the buttons, nor show what is shown."""
    world = await World().know(paper(1, "A"))
    card = await world.ask("show 2602.00001")
    labels = [one.label for one in (*card.buttons, *card.more)]

    assert labels == ["PDF", "Why", "Cite", "Mute a word"]
