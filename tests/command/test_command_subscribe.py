"""subscribe, edit, unsubscribe, preview, post-latest."""

from __future__ import annotations

import pytest
from asking import GENERAL, READING, World, actions, lines, paper
from fakes import FakeChannels

from bot.card.card import Card, CardKind, PaperPart
from bot.command.desk import Limits
from bot.model.alert import PostKey
from bot.model.channel import ChannelId, UserId
from bot.model.paper import AnnounceType, PaperId
from bot.model.subscription import ChangeType
from bot.ports import Change, Written

SLACK = ChannelId("slack", "T1", "C1")


async def seen() -> World:
    """A world with 14 days of papers: 28, half of them of diffusion models."""
    papers = [
        paper(number, "A Diffusion Model" if number % 2 else "Model Pruning", days_ago=number // 2)
        for number in range(28)
    ]
    return await World().know(*papers)


async def test_subscribe_tells_all_it_should() -> None:
    """Canonical query, classes, the next papers in local time, figure, samples, buttons."""
    world = await seen()
    card = await world.ask('/papers subscribe  “Diffusion  model” —name "Images"')
    told = lines(card)

    assert card.kind is CardKind.ANSWER
    assert card.title == "Subscribed as #1 Images"
    assert 'Query: "Diffusion model"' in told
    assert "Types: new, cross" in told
    assert "Classes watched: cs.CL, cs.CV" in told
    assert "Next papers due: tomorrow, 06:05 (Europe/Berlin)" in told
    assert "14 of the 28 papers of the last 14 days match: about 1.1 a day." in told
    assert sum(isinstance(part, PaperPart) for part in card.parts) == 3
    assert actions(card)["Post the latest 3 now"] == "/papers post-latest 1"
    assert actions(card)["Undo"].startswith("/papers undo ")
    (made,) = (await world.channel()).subscriptions
    assert (made.number, made.name, made.query) == (1, "Images", '"Diffusion model"')
    assert (made.channel, made.created_by, made.created_at) == (
        GENERAL,
        "local",
        world.clock.now(),
    )


async def test_the_asker_s_own_time_zone_counts() -> None:
    """What the platform tells wins; a name that is none falls back to the desk's."""
    world = World()
    tokyo = await world.ask("subscribe a1", timezone="Asia/Tokyo")
    nonsense = await world.ask("subscribe a2", timezone="../../etc/passwd")
    world.with_desk(timezone="No/Where")
    unknown = await world.ask("subscribe a3")

    assert "tomorrow, 14:05 (Asia/Tokyo)" in lines(tokyo)
    assert "tomorrow, 06:05 (Europe/Berlin)" in lines(nonsense)
    assert "tomorrow, 05:05 (UTC)" in lines(unknown)


async def test_bare_words_are_offered_as_a_phrase() -> None:
    """The figure as a phrase, and a button that makes it one."""
    world = await World().know(paper(1, "Diffusion Model"), paper(2, "A model of soil diffusion"))
    card = await world.ask("subscribe diffusion model")

    assert 'As a phrase, "diffusion model", it would be 1 paper, about 1 a day.' in lines(card)
    await world.ask(actions(card)["Use as phrase"])
    assert await world.queries() == ['"diffusion model"']


@pytest.mark.parametrize(
    "query", ["diffusion", '"diffusion model"', "diffusion OR model", "diffusion -model", "ti:a b"]
)
async def test_only_bare_words_are_offered_as_a_phrase(query: str) -> None:
    """One word, phrases, operators and fields are not."""
    world = await seen()

    assert "Use as phrase" not in actions(await world.ask(f"subscribe {query}"))


async def test_too_few_papers_are_told() -> None:
    """A young archive says that it is young; an empty one that nothing can be forecast."""
    world = World()
    empty = await world.ask("subscribe a1")
    await world.know(paper(1, "Diffusion"), paper(2, "Soil"))
    young = await world.ask("subscribe diffusion")

    assert "No papers have been seen yet, so nothing can be forecast." in lines(empty)
    assert (
        "1 of the 2 papers of the last day matches: about 1 a day. Older papers are not known yet."
        in lines(young)
    )


async def test_no_match_is_told() -> None:
    """None is a figure too, and there is nothing to post."""
    world = await seen()
    card = await world.ask("subscribe zebra")

    assert "None of the 28 papers of the last 14 days would have been posted." in lines(card)
    assert not any(label.startswith("Post the latest") for label in actions(card))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("zebra OR model", "model alone brings all of them."),
        ("cat:cs.CV (pruning OR diffusion -zebra)", "diffusion -zebra alone brings 67% of them."),
        ("pruning OR zebra OR diffusion", "diffusion alone brings 67% of them."),
        ("diffusion model", "model hardly narrows it: without it, just as many would match."),
        (
            "cat:cs.CV diffusion",
            "cat:cs.CV hardly narrows it: without it, just as many would match.",
        ),
        ("model -zebra", "model makes it so, and nothing narrows it."),
        ("pruning OR soil", None),
    ],
)
async def test_the_guilty_part_is_named(query: str, said: str | None) -> None:
    """The widest branch of an OR, or the word that narrows nothing."""
    titles = ["A Diffusion Model"] * 20 + ["Model Pruning"] * 10 + ["Soil"] * 10
    world = await World().know(*(paper(number, title) for number, title in enumerate(titles)))
    told = lines(await world.ask(f"subscribe {query}"))

    assert (said in told) if said else ("narrows it: " not in told and "brings" not in told)


async def test_shares_are_told_from_the_newest_papers() -> None:
    """Of many papers only the newest are counted again, and only for broad queries at all."""
    papers = [paper(number, "A Diffusion Model", days_ago=number % 14) for number in range(700)]
    world = await World().know(*papers)
    card = await world.ask("subscribe zebra OR diffusion")

    assert "700 of the 700 papers" in lines(card)
    assert "diffusion alone brings all of them." in lines(card)


async def many() -> World:
    """A world where 31 papers of a day are about models."""
    return await World().know(*(paper(number, f"Model {number}") for number in range(31)))


async def test_a_broad_query_is_asked_about_first() -> None:
    """Over what a channel takes unasked nothing is made, and the answer says why."""
    world = await many()
    card = await world.ask("subscribe model")

    assert card.title == "Not subscribed yet: that is a lot"
    assert "It would post about 31 papers a day in this channel." in lines(card)
    assert "That is very broad. Over 30 a day, the rest comes as one list." in lines(card)
    assert "model makes it so, and nothing narrows it." in lines(card)
    assert actions(card)["Narrow"] == "/papers subscribe model"
    assert await world.queries() == []
    assert (await world.channel()).revision == 0


async def test_a_broad_query_is_made_anyway() -> None:
    """The button makes it as it was said, options and all; then it can be narrowed or undone."""
    world = await many()
    asked = await world.ask('subscribe model --name "My models" --types replace,new')
    card = await world.ask(actions(asked)["Post anyway"])

    (made,) = (await world.channel()).subscriptions
    assert card.title == "Subscribed as #1 My models"
    assert (made.query, made.name) == ("model", "My models")
    assert made.types == {ChangeType.NEW, ChangeType.REPLACE}
    assert actions(card)["Narrow"] == "/papers edit 1 model"
    await world.ask(actions(card)["Undo"])
    assert await world.queries() == []


async def test_only_what_could_be_made_is_asked_about() -> None:
    """What is there already, or has no room, is answered as ever, also when it is broad."""
    world = await many()
    await world.ask("subscribe-anyway model")
    assert (await world.ask("subscribe model")).title == "Already subscribed as #1"

    world.with_desk(limits=Limits(subscriptions_per_channel=1, previews=1000))
    assert (await world.ask("subscribe model -soil")).title == "This channel is full"


async def test_a_question_that_no_button_holds_is_not_asked() -> None:
    """The subscription is made and told to be broad: an answer must not lead nowhere."""
    world = await many()
    called = f"<!subteam^S1|{'x' * 1600}>"
    card = await world.ask(f"subscribe model --mention {called}", channel=SLACK)

    assert card.title == "Subscribed as #1"
    assert await world.queries(SLACK) == ["model"]


async def test_a_broad_query_is_made_where_nothing_can_be_counted() -> None:
    """Too many forecasts, or no archive: alerts do not need it, so nobody is asked."""
    world = (await many()).with_desk(limits=Limits(previews=0))
    card = await world.ask("subscribe model")

    assert card.title == "Subscribed as #1"
    assert await world.queries() == ["model"]


async def test_muted_words_count_in_the_figure() -> None:
    """What would have been kept away is not counted, and told."""
    world = await seen()
    await world.ask("mute pruning")
    told = lines(await world.ask("subscribe model"))

    assert "14 of the 28 papers" in told
    assert "Muted words would have kept 14 papers away." in told


async def test_types_choose_what_counts() -> None:
    """Only the announcements that were asked for are counted and kept."""
    papers = [
        paper(1, "Model", announced=AnnounceType.NEW),
        paper(2, "Model", announced=AnnounceType.CROSS),
        paper(3, "Model", announced=AnnounceType.REPLACE),
    ]
    world = await World().know(*papers)
    card = await world.ask("subscribe model --types replace")

    assert "1 of the 1 paper" in lines(card)
    assert (await world.channel()).subscriptions[0].types == {ChangeType.REPLACE}


async def test_the_same_query_again_is_told_and_not_made() -> None:
    """However it is written: the canonical form counts."""
    world = World()
    await world.ask('subscribe "Diffusion model" OR gan')
    card = await world.ask("subscribe  “Diffusion   model” | gan")

    assert card.title == "Already subscribed as #1"
    assert card.kind is CardKind.ANSWER
    assert len((await world.channel()).subscriptions) == 1


async def test_a_query_that_cannot_be_read_shows_the_place() -> None:
    """A caret under the fault; nothing is made."""
    world = World()
    card = await world.ask("subscribe diffusion titel:gan")

    assert card.kind is CardKind.ERROR
    assert "diffusion titel:gan\n          ^" in lines(card)
    assert await world.queries() == []


async def test_the_query_is_asked_for() -> None:
    """`subscribe` alone is answered with an example."""
    card = await World().ask("/papers subscribe")

    assert card.kind is CardKind.ERROR
    assert 'For example: /papers subscribe "diffusion model" -medical' in lines(card)


async def test_a_channel_holds_exactly_its_limit() -> None:
    """The 50th is made, the 51st is answered with what to do."""
    world = World()
    for number in range(50):
        assert (await world.ask(f"subscribe word{number}")).kind is CardKind.ANSWER
    card = await world.ask("subscribe onemore")

    assert card.title == "This channel is full"
    assert "It has 50 subscriptions" in lines(card)
    assert len((await world.channel()).subscriptions) == 50
    assert (await world.ask("subscribe word7")).title == "Already subscribed as #8"


async def test_a_tenant_holds_exactly_its_limit() -> None:
    """Channels of a tenant share the number; another tenant does not."""
    world = World().with_desk(limits=Limits(subscriptions_per_tenant=2))
    await world.ask("subscribe a1")
    second = await world.ask("subscribe a2", channel=READING)
    third = await world.ask("subscribe a3")
    elsewhere = await world.ask("subscribe a3", channel=ChannelId("web", "other", "general"))

    assert second.kind is CardKind.ANSWER
    assert third.title == "The workspace is full"
    assert elsewhere.kind is CardKind.ANSWER
    assert await world.queries() == ["a1"]


class Rival(FakeChannels):
    """Another writer comes first, `times` times."""

    times = 0

    async def write(self, channels: list, change: Change | None, tenant_max: int) -> Written:  # type: ignore[type-arg, override]  # a fake of the fake
        """STALE while the other is faster."""
        if self.times:
            self.times -= 1
            return Written.STALE
        return await super().write(channels, change, tenant_max)


@pytest.mark.parametrize(("times", "made"), [(4, True), (5, False)])
async def test_a_stale_write_is_tried_again(times: int, made: bool) -> None:
    """Five times at most; then the person is asked to."""
    world = World()
    rival = Rival(world.clock)
    rival.times = times
    world.with_desk(channels=rival)
    card = await world.ask("subscribe a1")

    assert (card.kind is CardKind.ANSWER) is made
    assert len((await rival.read(GENERAL)).subscriptions) == made
    assert made or card.title == "Nothing was changed"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a" * 61, "The name is too long"),
        ("7", "A number is no name"),
        ("#7", "A number is no name"),
    ],
)
async def test_bad_names_are_refused(name: str, title: str) -> None:
    """Too long, or a number."""
    world = World()

    assert (await world.ask(f'subscribe a1 --name "{name}"')).title == title
    assert await world.queries() == []


async def test_names_are_tidied_and_unique() -> None:
    """Controls go, white space folds, and a name is there once."""
    world = World()
    await world.ask('subscribe a1 --name " Im\x00ages\u202e  of\n cats "')
    taken = await world.ask('subscribe a2 --name "images OF cats"')

    assert (await world.channel()).subscriptions[0].name == "Images of cats"
    assert taken.title == "The name is taken"


async def test_a_spilled_name_is_told() -> None:
    """The query is as typed, and the answer says what became of the words."""
    card = await World().ask("subscribe gan --name Image generation")

    assert "The name is only Image; generation became part of the query." in lines(card)


async def test_an_unwatched_class_is_told() -> None:
    """A query for a class that nobody asks for would be silent for ever."""
    world = World()
    card = await world.ask("subscribe cat:math.AG")

    assert "math.AG is not watched here" in lines(card)
    assert "Classes watched: cs.CV (of 2 watched)" in lines(await world.ask("subscribe cat:cs.CV"))
    assert "not watched" not in lines(await world.ask("subscribe cat:cs x1"))


@pytest.mark.parametrize(
    ("query", "classes"),
    [
        ("cat:cs.CL gan", "cs.CL (of 2 watched)"),
        ("gan OR cat:cs.CL", "cs.CL, cs.CV"),
        ("gan -cat:cs.CL", "cs.CL, cs.CV"),
        ("cat:cs.CL OR (cat:cs.CV gan)", "cs.CL, cs.CV"),
    ],
)
async def test_the_classes_watched_are_those_that_can_bring_a_match(
    query: str, classes: str
) -> None:
    """Beside an OR, papers of any class match; what is excluded says nothing."""
    assert f"Classes watched: {classes}" in lines(await World().ask(f"subscribe {query}"))


async def test_a_category_that_is_none_is_warned_of_once() -> None:
    """It is not also called unwatched."""
    told = lines(await World().ask("subscribe cat:cs.CX gan"))

    assert "No source is known to use the category" in told
    assert "not watched" not in told


async def test_a_paused_channel_is_told() -> None:
    """A new subscription says that nothing is posted for now."""
    world = World()
    await world.ask("pause")

    assert "This channel is paused." in lines(await world.ask("subscribe a1"))


async def test_forecasts_are_bounded_a_person() -> None:
    """The subscription is made without one, with a button for later; preview says when."""
    world = await seen()
    world.with_desk(limits=Limits(previews=1, previews_window_s=10))
    await world.ask("subscribe a1")
    second = await world.ask("subscribe a2")
    other = await world.ask("subscribe a3", user=UserId("bob"))
    refused = await world.ask("preview a4")
    world.clock.advance(10)

    assert "The forecast was left out" in lines(second)
    assert actions(second)["Forecast"] == "/papers preview 2"
    assert "papers of the last 14 days" in lines(other)
    assert refused.title == "Too many forecasts"
    assert (await world.ask("preview a4")).title == "Forecast"


async def test_preview_changes_nothing() -> None:
    """A forecast of a query or of a number, without a subscription."""
    world = await seen()
    card = await world.ask("preview diffusion model")

    assert card.title == "Forecast"
    assert actions(card)["Subscribe"] == "/papers subscribe diffusion model"
    assert await world.queries() == []
    await world.ask("subscribe diffusion")
    assert (await world.ask("preview #1")).title == "Forecast of #1"


@pytest.mark.parametrize("said", ["1", "#1", "Images", '"images"', '"Diffusion model"'])
async def test_unsubscribe_by_number_name_or_query(said: str) -> None:
    """Any of the three names the one."""
    world = World()
    await world.ask('subscribe "Diffusion model" --name Images')
    await world.ask("subscribe a2")
    card = await world.ask(f"unsubscribe {said}")

    assert card.title == "Removed #1 Images"
    assert "1 subscription is left." in lines(card)
    assert await world.queries() == ["a2"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("9", "This channel has no subscription #9."),
        ("Imagse", "Did you mean #1, Images?"),
        ('"', 'This channel has no subscription ".'),
        ("999999999999", "has no subscription 999999999999."),
    ],
)
async def test_an_unknown_subscription_is_answered_with_what_there_is(
    said: str, told: str
) -> None:
    """Nothing is removed by guessing."""
    world = World()
    await world.ask("subscribe gan --name Images")
    card = await world.ask(f"unsubscribe {said}")

    assert card.title == "Unknown subscription"
    assert told in lines(card)
    assert await world.queries() == ["gan"]


async def test_numbers_are_not_used_twice() -> None:
    """#2 stays #2 when #1 is gone, and the next one is #3."""
    world = World()
    await world.ask("subscribe a1")
    await world.ask("subscribe a2")
    await world.ask("unsubscribe 1")
    await world.ask("subscribe a3")

    assert [one.number for one in (await world.channel()).subscriptions] == [2, 3]


async def test_edit_changes_only_what_was_said() -> None:
    """Query, name and types apart; the id, number and maker stay."""
    world = World()
    await world.ask("subscribe gan --name Images", user=UserId("ann"))
    (old,) = (await world.channel()).subscriptions
    await world.ask("edit 1 diffusion")
    await world.ask("edit Images --types replace")
    card = await world.ask('edit #1 --name ""')
    (new,) = (await world.channel()).subscriptions

    assert card.title == "Changed #1"
    assert (new.query, new.name) == ("diffusion", None)
    assert new.types == {ChangeType.REPLACE}
    assert (new.id, new.number, new.created_by) == (old.id, old.number, "ann")


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("edit 1", "What shall #1 become?"),
        ("edit 1 gan", "Nothing to change"),
        ("edit 1 other", "Already subscribed as #2"),
        ("edit 1 --name Two", "The name is taken"),
        ("edit 1 (", "The query cannot be read"),
        ("edit 9 gan", "Unknown subscription"),
        ('edit "', "Unknown subscription"),
        ("edit 1 --name 5", "A number is no name"),
    ],
)
async def test_edit_refuses_clearly(said: str, title: str) -> None:
    """Each mistake has its own answer, and changes nothing."""
    world = World()
    await world.ask("subscribe gan")
    await world.ask("subscribe other --name Two")
    before = await world.channel()

    assert (await world.ask(said)).title == title
    assert await world.channel() == before


async def waiting(world: World) -> int:
    """How many posts wait in #general."""
    return await world.store.outbox.waiting(GENERAL)


async def test_post_latest_queues_the_newest_once() -> None:
    """Oldest of the three first, and never the same paper twice."""
    world = await seen()
    await world.ask("subscribe diffusion")
    first = await world.ask("post-latest 1")
    again = await world.ask("post-latest 1")
    alert = await world.store.outbox.posted(GENERAL, PostKey("arxiv:2602.00001"))

    assert "3 papers are on the way to this channel." in lines(first)
    assert again.title == "Nothing new to post"
    assert await waiting(world) == 3
    assert alert is not None
    assert "".join(repr(alert)).count("Diffusion") == 1


async def test_post_latest_leaves_muted_and_posted_papers_out() -> None:
    """What is muted is not posted; what was posted is counted."""
    world = await World().know(
        paper(1, "Model of soil"), paper(2, "Model A"), paper(3, "Model B", days_ago=1)
    )
    await world.ask("subscribe model")
    await world.ask("subscribe b")
    await world.ask("post-latest 2")
    await world.ask("mute soil")
    card = await world.ask("post-latest 1")

    assert "1 paper is on the way to this channel." in lines(card)
    assert "1 of the latest 2 had been posted here before." in lines(card)
    assert await world.store.outbox.posted(GENERAL, PostKey("arxiv:2602.00001")) is None


async def test_post_latest_of_nothing() -> None:
    """No match is told, an unknown number refused."""
    world = await seen()
    await world.ask("subscribe zebra")

    assert (await world.ask("post-latest 1")).title == "Nothing to post"
    assert (await world.ask("post-latest 2")).title == "Unknown subscription"


async def touched(world: World) -> Card | None:
    """The notice that waits in #general."""
    head = await world.store.outbox.lease("t", ["web"], world.clock.now())
    return None if head is None else getattr(head.post, "card", None)


@pytest.mark.parametrize("said", ["unsubscribe 1", "edit 1 gan", "pause 1"])
async def test_touching_another_s_subscription_tells_the_channel(said: str) -> None:
    """One quiet line with Undo; who touches their own tells nobody."""
    world = World()
    await world.ask("subscribe diffusion", user=UserId("ann"))
    await world.ask(said, user=UserId("bob"))
    notice = await touched(world)

    assert notice is not None
    assert notice.kind is CardKind.NOTICE
    assert notice.fallback.startswith("bob ")
    card = await world.ask(actions(notice)["Undo"], user=UserId("ann"))
    assert card.title == "Undone"
    assert await world.queries() == ["diffusion"]


async def test_touching_one_s_own_is_quiet() -> None:
    """No line for the maker."""
    world = World()
    await world.ask("subscribe diffusion")
    await world.ask("unsubscribe 1")

    assert await waiting(world) == 0


async def test_a_paper_known_by_its_doi_alone_is_no_obstacle() -> None:
    """Samples and posting work for papers outside arXiv."""
    world = await World().know(paper(1, "Diffusion", id=PaperId("doi:10.1101/x")))
    await world.ask("subscribe diffusion")
    await world.ask("post-latest 1")

    assert await waiting(world) == 1


async def test_a_fault_can_be_corrected_where_it_was_typed() -> None:
    """The button puts the command back into the input; a monstrous one is left out."""
    world = World()
    card = await world.ask("subscribe autor:li gan --name L")

    assert actions(card)["Correct it"] == "/papers subscribe autor:li gan --name L"
    assert "Correct it" not in actions(await world.ask(f"subscribe autor:li {'x' * 2000}"))


async def test_forms_of_a_query_are_one_subscription() -> None:
    """What the matcher takes for the same is not subscribed to twice, and is found by either."""
    world = World()
    await world.ask('subscribe "diffusion model"')
    again = await world.ask('subscribe "Diffusion models"')

    assert again.title == "Already subscribed as #1"
    assert await world.queries() == ['"diffusion model"']
    assert (await world.ask('edit 1 "diffusion models"')).title == "Changed #1"
    assert (await world.ask('unsubscribe "diffusion model"')).title == "Removed #1"


async def test_the_part_that_matches_nothing_is_named() -> None:
    """A slip in one word shows at once; with other types nobody is to blame."""
    world = await World().know(*(paper(n, "A Diffusion Model") for n in range(3)))

    told = lines(await world.ask("subscribe diffusion zzyzx"))
    assert "By itself, zzyzx matches none of them." in told
    told = lines(await world.ask("subscribe zebra"))
    assert "By itself" not in told
    told = lines(await world.ask("subscribe diffusion modl --types replace"))
    assert "By itself" not in told
