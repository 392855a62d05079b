"""status and help and sample: how things stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from asking import GENERAL, NOON, World, actions, lines
from fakes import FakeOutbox

from bot.card.card import CardKind
from bot.command.spec import COMMANDS
from bot.model.alert import Alert, PostKey
from bot.model.channel import ChannelId
from bot.model.paper import PaperId
from bot.ports import Books, FeedState

if TYPE_CHECKING:
    from bot.command.declare import Command

HOUR = timedelta(hours=1)


def fed(feed: str, **given: object) -> FeedState:
    """A feed that answered an hour ago."""
    values = {
        "polled_at": NOON - HOUR,
        "succeeded_at": NOON - HOUR,
        "batch_at": NOON - 7 * HOUR,
        "batch_size": 200,
        "papers_seen": 1000,
        **given,
    }
    return FeedState(feed, **values)  # type: ignore[arg-type]  # a test's own figures


async def test_status_of_a_new_start() -> None:
    """Nothing was asked yet: it says when something will be there."""
    card = await World().ask("status")

    assert card.kind is CardKind.STATUS
    assert "No source was asked yet." in lines(card)
    assert "arXiv announces next: tomorrow, 02:00" in lines(card)
    assert "Next papers due: tomorrow, 06:05 (Europe/Berlin)" in lines(card)


async def test_status_tells_each_source() -> None:
    """Last success, last batch, papers seen, classes, the past, trouble in words."""
    world = World()
    feeds = world.store.feeds
    await feeds.save(fed("arxiv/cs.CL", backfilled_at=NOON, backfill_papers=500))
    await feeds.save(
        fed("arxiv/cs.CV", failure="arXiv answered 503", failures_in_a_row=2, retry_at=NOON + HOUR)
    )
    await feeds.save(fed("huggingface/daily", batch_at=None, papers_seen=50))
    told = lines(await world.ask("status"))

    assert "arXiv had trouble at the last try; it is tried again." in told
    assert "Last success: today, 12:00" in told
    assert "Last batch: Monday 2 March, 400 entries" in told
    assert "Papers seen: 2,000 entries" in told
    assert "Classes: 2 of 2 have answered" in told
    assert "The last 14 days: fetched for 1 of 2 classes so far, 500 papers" in told
    assert (
        "Trouble: cs.CV: arXiv answered 503. Failed 2 times in a row; next try today, 14:00."
        in told
    )
    assert "Hugging Face" in told
    assert "Papers seen: 50 entries" in told


async def test_status_counts_trouble_beyond_three() -> None:
    """155 classes in trouble are no wall of text."""
    world = World()
    for number in range(9):
        await world.store.feeds.save(
            fed(f"arxiv/c{number}", succeeded_at=None, failure="refused", failures_in_a_row=1)
        )
    told = lines(await world.ask("status"))

    assert "No source can be reached. paperwire keeps trying." in told
    assert told.count("refused. Failed once.") == 3
    assert "Trouble: 6 more classes" in told


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 7, 12, tzinfo=UTC), "no new papers on Saturday and Sunday"),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "nothing was announced on Thanksgiving"),
    ],
)
async def test_status_names_weekends_and_holidays(at: datetime, said: str) -> None:
    """No papers today: weekend, holiday or fault is told apart."""
    world = World()
    await world.store.feeds.save(fed("arxiv/cs.CL"))
    world.clock.time = at
    told = lines(await world.ask("status"))

    assert "All is well. arXiv is quiet: " in told
    assert said in told


async def test_all_is_well_on_a_working_day() -> None:
    """One sentence for the common case."""
    world = World()
    await world.store.feeds.save(fed("arxiv/cs.CL", backfilled_at=NOON, backfill_papers=1))
    await world.store.feeds.save(fed("arxiv/cs.CV", backfilled_at=NOON, backfill_papers=2))

    told = lines(await world.ask("status"))
    assert "All is well." in told
    assert "The last 14 days: fetched, 3 papers" in told


async def test_status_tells_when_all_sources_stopped() -> None:
    """They answered before and do not now."""
    world = World()
    await world.store.feeds.save(fed("arxiv/cs.CL", failure="timed out", failures_in_a_row=1))

    assert "No source answers at the moment." in lines(await world.ask("status"))


async def test_status_balances_the_books() -> None:
    """What waits here and in all, and the sum."""
    world = World()
    ids = [PaperId(f"arxiv:2602.0000{number}") for number in range(3)]
    places = [GENERAL, GENERAL, ChannelId("web", "local", "other")]
    await world.store.outbox.queue(
        [Alert(PostKey(one), at, one, (), NOON) for one, at in zip(ids, places, strict=True)]
    )
    told = lines(await world.ask("status"))

    assert "Waiting in this channel: 2 posts" in told
    assert "Waiting in all: 3 posts, the oldest since today, 13:00" in told
    assert "3 queued, 0 sent, 0 refused for good; the books balance" in told


class Unbalanced(FakeOutbox):
    """An outbox that lost two posts."""

    async def books(self) -> Books:
        """Ten in, eight out."""
        return Books(10, 8, 0, 0)


async def test_status_tells_when_the_books_do_not_balance() -> None:
    """With the next step."""
    world = World()
    world.with_desk(outbox=Unbalanced(world.clock))

    assert "2 do not add up: run paperwire doctor" in lines(await world.ask("status"))


async def test_status_offers_the_sample_day_where_there_is_one() -> None:
    """With no source in reach it is named, and a button plays it."""

    async def play() -> int:
        return 11

    world = World()
    await world.store.feeds.save(
        fed("arxiv/cs.CL", succeeded_at=None, failure="refused", failures_in_a_row=1)
    )
    assert "Play the sample day" not in actions(await world.ask("status"))
    assert (await world.ask("sample")).title == "No sample day here"
    world.with_desk(sample=play)
    card = await world.ask("status")
    assert "the sample day shows how it works" in lines(card)
    played = await world.ask(actions(card)["Play the sample day"])
    assert "11 papers arrive over the next minute" in lines(played)
    assert actions(played)["Subscribe to diffusion model"].startswith("/papers subscribe ")


@pytest.mark.parametrize("text", ["", "/papers", "help", "/papers help", "?"])
async def test_help_begins_with_examples(text: str) -> None:
    """An empty text is a question, too; every offered command is there with its usage."""
    world = World()
    card = await world.ask(text)

    assert card.kind is CardKind.HELP
    assert lines(card).splitlines()[2] == '/papers subscribe "diffusion model" follow a phrase'
    for command in COMMANDS:
        there = f"{command.on('web').usage}: {command.summary}" in lines(card)
        elsewhere = command.local or command.platforms is not None
        assert there is (command.shown and not elsewhere)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_help_on_each_command(command: Command) -> None:
    """Usage, what it does, options and examples."""
    name = command.name
    card = await World().ask(f"help {name}")

    assert card.kind is CardKind.HELP
    if name != "help":
        assert card.title == f"Help: {name}"
        assert command.on("web").usage in lines(card)


@pytest.mark.parametrize("topic", ["queries", "query", "Language"])
async def test_help_on_queries(topic: str) -> None:
    """The language on one card."""
    assert 'au:"Kaiming He": one author' in lines(await World().ask(f"help {topic}"))


async def test_help_on_a_slip_names_the_nearest() -> None:
    """And what is no topic at all leads to the overview."""
    world = World()

    assert "Did you mean subscribe?" in lines(await world.ask("help subscibe"))
    assert "Any command is a topic, and so is queries." in lines(await world.ask("help zzzz"))


async def test_a_next_try_in_the_past_is_not_told() -> None:
    """A time that has gone by would look like a bot that gave up."""
    world = World()
    late = fed("arxiv/cs.CV", failure="down", failures_in_a_row=1, retry_at=NOON - HOUR)
    await world.store.feeds.save(late)

    assert "down. Failed once; tried again soon." in lines(await world.ask("status"))


async def test_help_on_edit_and_log_tells_their_own_defaults() -> None:
    """To edit leaves the types as they are; log shows ten."""
    world = World()

    assert "Without it: new" not in lines(await world.ask("help edit"))
    assert "Without it: 10." in lines(await world.ask("help log"))


async def test_other_platforms_see_no_counts_of_all_and_no_sample_day() -> None:
    """Tenants share one paperwire: each is told of its own channel, and plays nothing for all."""

    async def play() -> int:
        raise AssertionError("it plays for the local page only")

    world = World().with_desk(sample=play)
    there = {"channel": ChannelId("slack", "T1", "C1")}
    card = await world.ask("status", **there)

    assert "Waiting in this channel: nothing" in lines(card)
    assert "Waiting in all" not in lines(card)
    assert "Since the beginning" not in lines(card)
    assert "Play the sample day" not in actions(card)
    assert (await world.ask("sample", **there)).title == "No sample day here"
    assert "/papers sample" not in lines(await world.ask("help", **there))
