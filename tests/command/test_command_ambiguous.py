"""The channel's choice for posts whose answer was lost."""

from __future__ import annotations

from asking import GENERAL, NOON, World, actions, lines

from bot.card.card import Card, CardKind
from bot.card.post import Notice
from bot.model.alert import PostKey
from bot.model.channel import Ambiguous
from bot.ports import Dead


async def test_the_choice_is_told_changed_logged_and_undone() -> None:
    """Resending is the default; a change stands in the log and can be taken back."""
    world = World()
    told = await world.ask("ambiguous")
    chosen = await world.ask(actions(told)["Hold"])

    assert told.title == "Chosen: resend"
    assert chosen.title == "Chosen: hold"
    assert (await world.channel()).ambiguous is Ambiguous.HOLD
    assert "chose to hold posts" in lines(await world.ask("log"))
    assert (await world.ask("ambiguous HOLD")).title == "Chosen already: hold"
    assert (await world.ask(actions(chosen)["Undo"])).title == "Undone"
    assert (await world.channel()).ambiguous is Ambiguous.RESEND


async def test_a_later_choice_stands_in_the_way_of_undoing() -> None:
    """What was chosen again since is not overwritten."""
    world = World()
    first = await world.ask("ambiguous hold")
    await world.ask("ambiguous resend")
    await world.ask("ambiguous hold")
    await world.ask("ambiguous resend")

    card = await world.ask(actions(first)["Undo"])
    assert card.title == "A later change stands in the way"
    assert (await world.channel()).ambiguous is Ambiguous.RESEND


async def test_other_words_and_other_people_change_nothing() -> None:
    """A word that is neither is answered with both; who may not manage is refused."""
    world = World()
    card = await world.ask("ambiguous maybe")
    refused = await world.ask("ambiguous hold", may_manage=False)

    assert card.kind is CardKind.ERROR
    assert set(actions(card)) == {"Resend", "Hold"}
    assert refused.title == "You may not do that here"
    assert (await world.channel()).revision == 0


async def test_status_counts_what_was_put_aside() -> None:
    """The channel's own posts, by the reason."""
    world = World()
    outbox = world.store.outbox
    card = Card(CardKind.NOTICE, "", (), "x")
    await outbox.queue([Notice(PostKey("notice:x"), GENERAL, card, NOON)])
    head = await outbox.lease("me", ["web"], world.clock.now())
    assert head is not None
    await outbox.settle(head, Dead("its answer was lost"), world.clock.now())

    told = lines(await world.ask("status"))
    assert "Put aside in this channel: 1 post. 1: its answer was lost" in told
