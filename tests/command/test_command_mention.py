"""--mention and --tag: whom alerts call, and how a forum sorts them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from asking import GENERAL, World, actions, lines
from fakes import FakeChannels
from hypothesis import given
from hypothesis import strategies as st

from bot.card.card import Row
from bot.command.read import TEXT_MAX, Typed, read
from bot.command.spec import BY_NAME
from bot.command.values import Options, typed_options
from bot.model.channel import ChannelId, UserId
from bot.model.subscription import ChangeType, Mention, MentionKind

if TYPE_CHECKING:
    from bot.model.channel import Channel

SLACK = ChannelId("slack", "T1", "C1")
DISCORD = ChannelId("discord", "900", "901")
KIM = UserId("U7")
ADA = UserId("7")


def user(name: str) -> Mention:
    """A person to call."""
    return Mention(MentionKind.USER, name)


def role(name: str) -> Mention:
    """A role or group to call."""
    return Mention(MentionKind.ROLE, name)


async def mentions(world: World, channel: ChannelId) -> list[Mention | None]:
    """Whom each of the channel's subscriptions calls."""
    return [one.mention for one in (await world.channel(channel)).subscriptions]


@pytest.mark.parametrize(
    ("channel", "said", "wanted"),
    [
        (SLACK, "me", user("U7")),
        (SLACK, "ME", user("U7")),
        (SLACK, "<@U7|kim>", user("U7")),
        (SLACK, "<@U7>", user("U7")),
        (SLACK, "<!subteam^S9|@readers>", role("S9")),
        (SLACK, '"<!subteam^S9|the readers>"', role("S9")),
        (SLACK, "none", None),
        (SLACK, '""', None),
        (DISCORD, "me", user("U7")),
        (DISCORD, "<@&456>", role("456")),
        (DISCORD, "<@&7>", role("7")),
        (DISCORD, "none", None),
        (GENERAL, "none", None),
    ],
)
async def test_whom_a_subscription_calls(
    channel: ChannelId, said: str, wanted: Mention | None
) -> None:
    """Oneself, nobody, or whom the platform itself wrote."""
    world = World()
    card = await world.ask(f"subscribe diffusion --mention {said}", channel=channel, user=KIM)

    assert card.title == "Subscribed as #1"
    (made,) = (await world.channel(channel)).subscriptions
    assert made.mention == wanted
    assert made.query == "diffusion"


@pytest.mark.parametrize("said", ["<@7>", "<@!7>", '"<@7>"'])
async def test_one_may_choose_oneself(said: str) -> None:
    """Discord's field gives the asker's id, which is as good as `me`."""
    world = World()
    await world.ask(f"subscribe diffusion --mention {said}", channel=DISCORD, user=ADA)

    assert (await mentions(world, DISCORD)) == [user("7")]


OTHERS = [
    *((SLACK, said) for said in ("<@U0123|ada>", "<@U0123>", "<@W0123>", "<@U77>")),
    *((DISCORD, said) for said in ("<@123>", "<@!123>", "<@77>")),
]


@pytest.mark.parametrize(("channel", "said"), OTHERS)
@pytest.mark.parametrize("command", ["subscribe", "subscribe-anyway", "edit 1"])
async def test_another_person_is_not_called(channel: ChannelId, said: str, command: str) -> None:
    """They did not ask for it; nothing is made or changed, and the text can be corrected."""
    world = World()
    await world.ask("subscribe graphs --mention me", channel=channel, user=KIM)
    typed = f"/papers {command} diffusion --mention {said}"
    card = await world.ask(typed, channel=channel, user=KIM)

    assert card.title == "Other people are not called"
    assert "without having asked. Nothing was changed." in lines(card)
    assert "yourself" in lines(card)
    assert actions(card)["Correct it"] == typed
    assert (await world.channel(channel)).revision == 1
    assert await world.queries(channel) == ["graphs"]


async def test_an_edit_may_repeat_whom_it_calls_already() -> None:
    """A form sends back what was not touched: another person keeps what they chose, no more."""
    world = World()
    await world.ask("subscribe diffusion --mention me", channel=DISCORD, user=ADA)
    await world.ask("subscribe graphs", channel=DISCORD, user=ADA)

    kept = await world.ask("edit 1 gan --mention <@7>", channel=DISCORD, user=KIM)
    other = await world.ask("edit 1 video --mention <@8>", channel=DISCORD, user=KIM)
    moved = await world.ask("edit 2 video --mention <@7>", channel=DISCORD, user=KIM)

    assert kept.title != other.title == moved.title == "Other people are not called"
    assert await world.queries(DISCORD) == ["gan", "graphs"]
    assert await mentions(world, DISCORD) == [user("7"), None]


async def test_who_was_taken_off_is_not_put_back_by_an_old_form() -> None:
    """What counts is whom the subscription calls when the form comes back."""
    world = World()
    await world.ask("subscribe diffusion --mention me", channel=DISCORD, user=ADA)
    await world.ask("edit 1 --mention none", channel=DISCORD, user=ADA)
    card = await world.ask("edit 1 gan --mention <@7>", channel=DISCORD, user=KIM)

    assert card.title == "Other people are not called"
    assert await mentions(world, DISCORD) == [None]


class Leaving(FakeChannels):
    """Whom subscriptions call is taken off between the first and the second read."""

    reads: int | None = None

    async def read(self, channel: ChannelId) -> Channel:
        """Without mentions from the second time on, once it is begun to count."""
        found = await super().read(channel)
        if self.reads is None:
            return found
        self.reads += 1
        subscriptions = tuple(replace(one, mention=None) for one in found.subscriptions)
        return found if self.reads == 1 else replace(found, subscriptions=subscriptions)


async def test_who_leaves_at_this_moment_is_not_put_back() -> None:
    """What an edit only repeats stays as it is by then."""
    world = World()
    leaving = Leaving(world.clock)
    world.with_desk(channels=leaving)
    await world.ask("subscribe diffusion --mention me", channel=DISCORD, user=ADA)
    leaving.reads = 0
    await world.ask("edit 1 gan --mention <@7>", channel=DISCORD, user=KIM)

    (one,) = (await leaving.read(DISCORD)).subscriptions
    assert (one.query, one.mention) == ("gan", None)
    leaving.reads = None
    assert (await leaving.read(DISCORD)).subscriptions == (one,)


@pytest.mark.parametrize("channel", [SLACK, DISCORD])
@pytest.mark.parametrize(
    "said",
    [
        *("@everyone", "everyone", "@here", "@channel", "<!here>", "<!channel|x>", "<!everyone>"),
        *("<@&900>", "@kim", "kim", "<@kim>", "<@&>", "<@123", "<#C1|general>", "<@T1>"),
        *("<!subteam^900>", "\u202e<@U1>", "<@U1><@U2>", "U0123", "123", "*", "<@*>"),
    ],
)
async def test_nobody_else_is_called(channel: ChannelId, said: str) -> None:
    """Everyone, and names that could be anybody's, are refused in a sentence; nothing is made."""
    world = World()
    card = await world.ask(f"subscribe diffusion --mention {said}", channel=channel, user=KIM)

    assert card.title in {"Everyone is not called", "Whom shall it call?"}
    assert "Nothing was changed." in lines(card)
    assert (await world.channel(channel)).revision == 0


async def test_an_id_of_one_platform_is_none_of_another() -> None:
    """Slack's people are not Discord's."""
    world = World()
    slack = await world.ask("subscribe a1 --mention <@123>", channel=SLACK)
    discord = await world.ask("subscribe a1 --mention <@U123>", channel=DISCORD)

    assert slack.title == discord.title == "Whom shall it call?"


async def test_the_local_page_says_that_it_calls_nobody() -> None:
    """Its one person sees all; the sentence says where it works, and nothing is made."""
    world = World()
    for said in ("--mention me", "--mention @kim", "--tag vision"):
        card = await world.ask(f"subscribe diffusion {said}")
        assert card.title in {"Nobody to call here", "No tags here"}
        assert "Discord" in lines(card)
    assert await world.queries() == []


async def test_tags_are_for_forums() -> None:
    """Slack has none, and says so; taking none away does no harm."""
    world = World()
    refused = await world.ask("subscribe diffusion --tag vision", channel=SLACK)
    taken = await world.ask("subscribe diffusion --tag none", channel=SLACK)

    assert "Discord only" in lines(refused)
    assert taken.title == "Subscribed as #1"


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("--tag vision", ("vision",)),
        ("--tag vision,nlp", ("vision", "nlp")),
        ("--tag vision --tag nlp", ("vision", "nlp")),
        ('--tag "machine learning" , nlp', ("machine learning", "nlp")),
        ('--tag "machine learning, nlp"', ("machine learning", "nlp")),
        ("--tag “machine learning”,", ("machine learning",)),
        ("--tag=Vision --tag vision", ("Vision",)),
        ("--tag none", ()),
        ('--tag ""', ()),
        (f"--tag {'x' * 20}", ("x" * 20,)),
        ("--tag a,b,c,d,e", ("a", "b", "c", "d", "e")),
    ],
)
async def test_tags_are_names_with_commas_between(said: str, tags: tuple[str, ...]) -> None:
    """In quotes or without, in one option or several, each once."""
    world = World()
    await world.ask(f"subscribe diffusion {said}", channel=DISCORD)

    (made,) = (await world.channel(DISCORD)).subscriptions
    assert made.tags == tags
    assert made.query == "diffusion"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (f"--tag {'x' * 21}", "The tag is too long"),
        ("--tag a,b,c,d,e,f", "Too many tags"),
        ("--tag a,b,c --tag d,e,f", "Too many tags"),
        ("--tag", "--tag needs a value"),
        ('--tag "a', "--tag needs a value"),
        ("--tag ,", "--tag needs a value"),
        ("--mention", "--mention needs a value"),
        ("--mention me --mention none", "Given twice"),
    ],
)
async def test_what_cannot_be_is_told(said: str, title: str) -> None:
    """Bounds are Discord's; each refusal is a sentence, and nothing is made."""
    world = World()
    card = await world.ask(f"subscribe diffusion {said}", channel=DISCORD)

    assert card.title == title
    assert await world.queries(DISCORD) == []


async def test_a_tag_of_two_words_without_quotes_is_noticed() -> None:
    """The second word went into the query, which is told."""
    card = await World().ask("subscribe diffusion --tag machine learning", channel=DISCORD)

    assert "The tag is only machine; learning became part of the query." in lines(card)


async def test_answers_show_whom_it_calls_and_its_tags() -> None:
    """The subscribe answer and the list; the asker is "you", an id is left to the platform."""
    world = World()
    made = await world.ask(
        "subscribe diffusion --mention me --tag vision", channel=DISCORD, user=KIM
    )
    await world.ask("subscribe graphs --mention <@&456>", channel=DISCORD, user=KIM)
    listed = await world.ask("list", channel=DISCORD, user=KIM)
    other = await world.ask("list", channel=DISCORD, user=UserId("U8"))

    assert "Calls: you\nTags: vision" in lines(made)
    assert "#1 diffusion new, cross calls you tagged vision" in lines(listed)
    assert "#2 graphs new, cross calls a role" in lines(listed)
    assert "#1 diffusion new, cross calls a person tagged vision" in lines(other)
    rows = [part for part in other.parts if isinstance(part, Row)]
    assert [run.who for row in rows for run in row.runs if run.who] == [user("U7"), role("456")]
    assert other.mentions == ()


async def test_editing_changes_only_what_was_said() -> None:
    """Mention and tags stay, change, or go; the log says it, and undo takes it back."""
    world = World()
    await world.ask("subscribe diffusion --mention me --tag vision", channel=DISCORD, user=KIM)
    await world.ask("edit 1 --name Images", channel=DISCORD, user=KIM)
    (named,) = (await world.channel(DISCORD)).subscriptions
    assert (named.mention, named.tags) == (user("U7"), ("vision",))

    edited = await world.ask("edit 1 --mention <@&456> --tag nlp", channel=DISCORD, user=KIM)
    (changed,) = (await world.channel(DISCORD)).subscriptions
    assert (changed.mention, changed.tags, changed.name) == (role("456"), ("nlp",), "Images")
    log = await world.ask("log", channel=DISCORD, user=KIM)
    assert "edited #1 Images: calls a role, tags nlp" in lines(log)
    assert "subscribed #1 to diffusion, calling a person, tagged vision" in lines(log)

    await world.ask(actions(edited)["Undo"], channel=DISCORD, user=KIM)
    assert (await world.channel(DISCORD)).subscriptions == (named,)
    await world.ask('edit 1 --mention none --tag ""', channel=DISCORD, user=KIM)
    (bare,) = (await world.channel(DISCORD)).subscriptions
    assert (bare.mention, bare.tags) == (None, ())


async def test_nothing_said_is_asked_for_with_what_works_here() -> None:
    """An edit without a change names the options of the platform."""
    world = World()
    for channel in (GENERAL, SLACK, DISCORD):
        await world.ask("subscribe diffusion", channel=channel)

    said = [lines(await world.ask("edit 1", channel=one)) for one in (GENERAL, SLACK, DISCORD)]
    assert "--name or --types." in said[0]
    assert "--types or --mention." in said[1]
    assert "types, mention or tag." in said[2]


async def test_calling_takes_the_right_to_manage() -> None:
    """As all that changes what is posted."""
    world = World()
    await world.ask("subscribe diffusion", channel=DISCORD)
    card = await world.ask("edit 1 --mention me", channel=DISCORD, may_manage=False)

    assert card.title == "You may not do that here"
    assert (await world.channel(DISCORD)).subscriptions[0].mention is None


WORDS = st.text("ab ,\"“”'=-<@&!>^|S1U\u202e", max_size=30)


@given(WORDS, WORDS)
def test_any_value_is_read_or_told(mention: str, tags: str) -> None:
    """Whatever stands behind the options, there is a command or a sentence."""
    found = read(f"subscribe gan --mention {mention} --tag {tags}")

    assert found is not None
    if isinstance(found, Typed):
        assert len(found.options.tags or ()) <= 5
        assert all(len(tag) <= 20 for tag in found.options.tags or ())


def test_a_long_value_is_read_at_once() -> None:
    """No run of spaces, commas or quotes makes reading slow."""
    for filler in (" ", ",", '"', " ,", "a,", "--tag ", '" "'):
        text = ("subscribe gan --tag" + filler * TEXT_MAX)[: TEXT_MAX - 2] + ",("
        assert read(text) is not None


@given(
    st.builds(
        Options,
        name=st.none() | st.text("ab \"'c", min_size=1, max_size=9).map(str.strip),
        types=st.none() | st.sets(st.sampled_from(ChangeType), min_size=1).map(frozenset),
        mention=st.none() | st.sampled_from(["me", "none", "<@&1>", "<!subteam^S1|a b>"]),
        tags=st.none() | st.sampled_from([(), ("a",), ("a b", "c")]),
    )
)
def test_options_are_typed_as_they_are_read(options: Options) -> None:
    """What a button says again means the same; only a quote in a name is another one."""
    found = read(f"subscribe-anyway {typed_options(options)} gan")

    assert isinstance(found, Typed)
    assert found.command is BY_NAME["subscribe-anyway"]
    assert found.argument == "gan"
    name = options.name.replace('"', "'") if options.name is not None else None
    assert found.options == Options(
        name=name, types=options.types, mention=options.mention, tags=options.tags
    )
