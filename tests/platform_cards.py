"""Cards with every button there is, made by the real commands on each platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from asking import World, paper

from bot.card.alert import alert_card, list_card
from bot.card.post import PaperList
from bot.command.confirming import confirmation
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import ChannelId
from bot.model.paper import PaperId
from bot.model.subscription import SubscriptionId
from bot.ports import Fault, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.card.card import Card
    from bot.model.paper import Paper
    from bot.ports import Outcome

CHANNELS: Final = {
    "web": ChannelId("web", "local", "general"),
    "slack": ChannelId("slack", "T1", "C1"),
    "discord": ChannelId("discord", "1", "2"),
}


@dataclass
class Gathering:
    """The cards of one platform: what each is, whether it is a post, and the card."""

    platform: str
    world: World = field(default_factory=World)
    cards: list[tuple[str, bool, Card]] = field(default_factory=list)

    @property
    def channel(self) -> ChannelId:
        """Where everything happens."""
        return CHANNELS[self.platform]

    async def ask(self, name: str, *texts: str) -> None:
        """Say commands, and keep the answers."""
        for text in texts:
            card = await self.world.ask(text, channel=self.channel)
            self.cards.append((name, False, card))


async def gathered(platform: str) -> list[tuple[str, bool, Card]]:
    """Every card of a platform: what it is, whether it is a post, the card."""
    it = Gathering(platform)
    papers = [_model(n) for n in range(200)]
    graphs = paper(999, "Graphs", id=PaperId("doi:10.1/x"), abstract="A world model of graphs.")
    await it.world.know(*papers, graphs)
    it.cards += [("an alert", True, _alert_card(one, it.channel)) for one in (papers[0], graphs)]
    it.cards.append(("a list of papers", True, _list_card(papers, it.channel)))
    await _subscribe(it)
    await _look(it, papers[0])
    await _change(it)
    await _fail(it)
    return it.cards


async def _subscribe(it: Gathering) -> None:
    if it.platform == "web":
        it.world.with_desk(sample=_sample)
        await it.ask("`status`", "status")
        await it.ask("`sample`", "sample")
    await it.ask("`list`", "list")
    for text in ("diffusion", "world model", "graphs", "graphs", "grphs", "diffusion"):
        await it.ask("`subscribe`", f"subscribe {text}")
    await it.ask("`subscribe`", "subscribe-anyway diffusion")
    kept = (await it.world.channel(it.channel)).subscriptions
    it.cards.append(("the line that begins a subscription", True, confirmation(kept[0])))


async def _look(it: Gathering, one: Paper) -> None:
    await it.ask("`search`", "search diffusion", "search diffusion --page 2", "search grphs")
    await it.ask("`search`", "search diffusion --page 900", "search world graphs")
    await it.ask("`latest`", "latest", "latest 1")
    await it.ask("`preview`", "preview diffusion", "preview 1", "preview world model")
    await it.ask("`show`", f"show {one.id}", "show 2401.99999", "show diffusion")
    await it.ask("`why`", f"why {one.id}", "why doi:10.1/x")
    await it.ask("`cite`", f"cite {one.id}")
    await it.ask("`status`", "status")
    await it.ask("`help`", "help", "help search", "help queries", "help serch")
    if it.platform == "discord":
        await it.ask("*More*", f"more {one.id}")


async def _change(it: Gathering) -> None:
    paper_id = "arxiv:2602.00001"
    await it.ask("`mute`", f"mute-from {paper_id}", "mute robotics", "mute robotics", "mute -x")
    await it.ask("`mute`", "mute diffusion")
    await it.ask("`unmute`", "unmute robotics", "unmute nothing")
    await it.ask("`edit`", "edit 1 diffusion model --name Images", "edit 1 diffusion model")
    await it.ask("`list`", "list")
    for number in range(12):  # so many rows have menus
        await it.world.ask(f"subscribe topic{number}", channel=it.channel)
    await it.ask("`list`", "list")
    await it.ask("`pause`", "pause 1", "pause", "pause", "pause 1")
    await it.ask("`list`", "list")
    await it.ask("`resume`", "resume 1", "resume", "resume")
    await it.ask("`log`", "log")
    await it.ask("`unsubscribe`", "unsubscribe 3", "unsubscribe 77")
    await it.ask("`undo`", "undo", "undo", "undo nothing")
    await it.ask("`undo`", f"undo {await _overtaken(it)}")
    await it.ask("`ambiguous`", "ambiguous", "ambiguous hold", "ambiguous")
    if it.platform == "discord":
        await it.ask("`managers`", "managers", "managers <@&7>", "managers", "managers none")


async def _overtaken(it: Gathering) -> str:
    """A change on which a later one was built."""
    await it.world.ask("edit 1 first model", channel=it.channel)
    (first, *_) = await it.world.store.channels.changes(it.channel, 1)
    await it.world.ask("edit 1 second model", channel=it.channel)
    return first.id


async def _fail(it: Gathering) -> None:
    await it.ask("an error", "subscribe (diffusion", "subscribe", "serach diffusion", "quantum")
    await it.ask("an error", "list --limit", "subscribe a since:7d")
    refusing = it.world.with_desk(confirm=_refuse)
    refused = await refusing.ask("subscribe quantum", channel=it.channel)
    not_allowed = await it.world.ask("mute x", channel=it.channel, may_manage=False)
    it.cards += [("an error", False, refused), ("an error", False, not_allowed)]


async def _sample() -> int:
    return 0


async def _refuse(_: ChannelId, __: Card) -> Outcome:
    return Refused(Fault.CHANNEL_FORBIDS, "paperwire is not in this channel")


def _model(number: int) -> Paper:
    title = f"A diffusion model, part {number}"
    return paper(number, title, days_ago=number % 12, code_links=("https://x.example/c",))


def _alert(one: Paper, channel: ChannelId) -> Alert:
    reason = Reason(SubscriptionId("s1"), 1, "model", ("model",))
    return Alert(PostKey(one.id), channel, one.id, (reason,), one.published_at)


def _alert_card(one: Paper, channel: ChannelId) -> Card:
    return alert_card(_alert(one, channel), one)


def _list_card(papers: Sequence[Paper], channel: ChannelId) -> Card:
    """The second page of several, with a paper whose text is gone."""
    alerts = tuple(_alert(one, channel) for one in papers[:40])
    listed = PaperList(PostKey("list:x"), channel, alerts, papers[0].published_at)
    return list_card(listed, {one.id: one for one in papers[:19]}, 2)
