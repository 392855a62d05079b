"""managers: roles that may manage all channels of their server, and who may choose them."""

from __future__ import annotations

import pytest
from asking import GENERAL, World, actions, lines

from bot.card.card import Para
from bot.command.spec import COMMANDS
from bot.model.channel import ChannelId
from bot.model.subscription import Mention, MentionKind

HERE = ChannelId("discord", "900", "901")
THERE = ChannelId("discord", "900", "902")
ELSEWHERE = ChannelId("discord", "800", "801")
READERS = frozenset({"11", "55"})

OWNER = {"channel": HERE, "may_manage": True, "may_manage_all": True}
MEMBER = {"channel": HERE, "may_manage": False, "may_manage_all": False, "roles": READERS}


async def chosen(said: str = "<@&55>") -> World:
    """A server whose owner let the readers manage."""
    world = World()
    await world.ask(f"managers {said}", **OWNER)
    return world


async def test_a_role_manages_every_channel_of_its_server() -> None:
    """Before it is chosen it does not; in another server it means nothing."""
    world = World()
    before = await world.ask("subscribe a1", **MEMBER)
    card = await world.ask("managers <@&55>", **OWNER)
    here = await world.ask("subscribe a1", **MEMBER)
    there = await world.ask("subscribe a1", **{**MEMBER, "channel": THERE})
    elsewhere = await world.ask("subscribe a1", **{**MEMBER, "channel": ELSEWHERE})
    others = await world.ask("subscribe a2", **{**MEMBER, "roles": frozenset({"11"})})

    assert card.title == "1 role chosen"
    assert "People with the role 55 manage paperwire in every channel." in lines(card)
    assert here.title == there.title == "Subscribed as #1"
    assert before.title == elsewhere.title == others.title == "You may not do that here"


async def test_several_roles_or_none() -> None:
    """All at once, each once; none takes them all away, and undo brings them back."""
    world = await chosen("<@&55>, <@&44> <@&55>")
    assert (await world.channel(HERE.whole)).managers == ("44", "55")
    told = await world.ask("managers", **MEMBER)
    assert "People with one of the roles 44, 55 manage paperwire" in lines(told)

    card = await world.ask("managers none", **OWNER)
    assert card.title == "No role chosen"
    assert (await world.ask("mute gan", **MEMBER)).title == "You may not do that here"
    log = await world.ask("log", **OWNER)
    assert "let no role manage all channels" in lines(log)
    assert "let 2 roles manage all channels" in lines(log)

    await world.ask(actions(card)["Undo"], **OWNER)
    assert (await world.channel(HERE.whole)).managers == ("44", "55")
    assert (await world.ask("mute gan", **MEMBER)).title != "You may not do that here"


async def test_who_manages_by_a_role_chooses_none() -> None:
    """Neither by the command nor by undoing it: rights come from the platform."""
    world = await chosen()
    await world.ask("managers <@&55> <@&66>", **OWNER)
    whole = await world.channel(HERE.whole)

    for text in ("managers <@&11>", "managers none", "undo"):
        card = await world.ask(text, **MEMBER)
        assert card.title == "You may not do that here", text
    assert await world.channel(HERE.whole) == whole


async def test_managing_one_channel_is_not_managing_the_server() -> None:
    """Who may manage this channel alone does not choose for all; who does not tell, may."""
    world = World()
    one_channel = {"channel": HERE, "may_manage": True, "may_manage_all": False}

    assert (await world.ask("managers <@&55>", **one_channel)).title == "You may not do that here"
    assert (await world.ask("subscribe a1", **one_channel)).title == "Subscribed as #1"
    untold = await world.ask("managers <@&55>", channel=HERE, may_manage=True)
    assert untold.title == "1 role chosen"


@pytest.mark.parametrize(
    "said", ["<@&900>", "@everyone", "readers", "<@55>", "<@&55> x", "<@&5", "<!here>", "none x"]
)
async def test_only_roles_that_the_platform_wrote_are_taken(said: str) -> None:
    """Everyone is no role to choose (its id is the server's), and names could be anybody's."""
    world = await chosen()
    card = await world.ask(f"managers {said}", **OWNER)

    assert card.title in {"Which role?", "Everyone is no role to choose"}
    assert (await world.channel(HERE.whole)).managers == ("55",)


async def test_too_many_roles_are_refused() -> None:
    """Ten are plenty."""
    world = await chosen()
    card = await world.ask("managers " + " ".join(f"<@&{n}>" for n in range(11)), **OWNER)

    assert card.title == "Too many roles"
    assert (await world.channel(HERE.whole)).managers == ("55",)


async def test_the_same_again_changes_nothing() -> None:
    """It is so already."""
    world = await chosen()
    card = await world.ask("managers <@&55>", **OWNER)

    assert card.title == "Nothing to change"
    assert (await world.channel(HERE.whole)).revision == 1


async def test_a_role_is_told_so_that_a_platform_can_name_it() -> None:
    """Ids tell people nothing; the card says whose they are, and calls no one."""
    world = await chosen()
    card = await world.ask("managers", **OWNER)

    named = [run.who for part in card.parts if isinstance(part, Para) for run in part.runs]
    assert [one for one in named if one] == [Mention(MentionKind.ROLE, "55")]
    assert card.mentions == ()


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (GENERAL, "one person, who may do everything"),
        (ChannelId("slack", "T1", "C1"), "PAPERWIRE_SLACK_MANAGERS"),
    ],
)
async def test_elsewhere_the_answer_says_who_manages(channel: ChannelId, said: str) -> None:
    """The command is Discord's; each other platform has its own way."""
    world = World()
    card = await world.ask("managers <@&55>", channel=channel)

    assert card.title == "Not by this command here"
    assert said in lines(card)
    assert (await world.channel(channel.whole)).revision == 0


async def test_help_says_where_it_works() -> None:
    """Asked about elsewhere, it is explained with its place; it is not among what is offered."""
    world = World()

    assert "Only on Discord." in lines(await world.ask("help managers"))
    assert "managers" not in lines(await world.ask("help"))
    assert "/papers managers" in lines(await world.ask("help", channel=HERE))


async def test_the_tenant_s_record_is_no_channel() -> None:
    """It has no subscriptions, is in no list and in no other channel's log."""
    world = await chosen()
    await world.ask("subscribe a1", **OWNER)

    assert "No subscriptions yet" in lines(await world.ask("list", channel=THERE))
    assert "Nothing was changed" in lines(await world.ask("log", channel=THERE))
    whole = await world.channel(HERE.whole)
    assert (whole.subscriptions, whole.pause, whole.id.is_whole) == ((), None, True)


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.mutating], ids=lambda one: one.name
)
async def test_a_chosen_role_opens_each_command(command: object) -> None:
    """All that changes a channel, but none that changes who may."""
    world = await chosen()
    name = getattr(command, "name", "")
    card = await world.ask(f"{name} 1" if name != "managers" else "managers", **MEMBER)

    assert card.title != "You may not do that here"
