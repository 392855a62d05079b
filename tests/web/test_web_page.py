"""The page in a real browser."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect
from web_stub import DOWN, PAPERS, START, Stub, many, paper, raw_card, stub

from adapters.web.options import WebOptions
from bot.card.card import Card, CardKind, Para, Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
DATA = Path(
    os.environ.get("PAPERWIRE_TEST_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data"
)
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium"),
    pytest.mark.asyncio(loop_scope="module"),
]
Open = Callable[..., "AbstractAsyncContextManager[tuple[Stub, Page]]"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests; each opens a room of its own."""
    async with async_playwright() as play:
        launched = await play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
def opened(chromium: Browser) -> Open:
    """Open the page, or `path` of it, as a browser with these settings.

    Whatever it logs (but for what `may_log`, an expression, finds), throws or asks of others
    fails the test.
    """

    @asynccontextmanager
    async def opening(
        options: WebOptions | None = None, path: str = "/", may_log: str = "$^", **room: Any
    ) -> AsyncIterator[tuple[Stub, Page]]:
        troubles: list[str] = []
        async with (
            stub(options) as made,
            await chromium.new_context(locale="en-GB", timezone_id="UTC", **room) as context,
        ):
            page = await context.new_page()
            _watch(page, made.url, troubles)
            await page.clock.set_fixed_time(START)
            await page.goto(made.url + path)
            yield made, page
        assert [trouble for trouble in troubles if not re.search(may_log, trouble)] == []

    return opening


def _watch(page: Page, home: str, troubles: list[str]) -> None:
    def asked(url: str) -> None:
        if not url.startswith((home, "data:")):
            troubles.append(f"asked: {url}")

    page.on("pageerror", lambda error: troubles.append(f"thrown: {error}"))
    page.on("console", lambda said: troubles.append(f"logged: {said.text}"))
    page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: asked(request.url))


async def test_subscribe_and_see_a_card_arrive(opened: Open) -> None:
    """The first minute: type a command, read the answer, see an alert arrive, follow its link."""
    async with opened(viewport={"width": 1280, "height": 1000}) as (made, page):
        await expect(
            page.get_by_role("heading", name="Which papers should come here?")
        ).to_be_visible()
        command = page.get_by_role("combobox", name="Command")
        await command.fill('/papers subscribe "diffusion model"')
        await command.press("Enter")
        answer = page.locator("article.answer")
        await expect(answer).to_contain_text("Subscribed as #1")
        await expect(command).to_have_value("")
        await expect(page.locator("#empty")).to_be_hidden()
        assert [asked.text for asked in made.asked] == ['/papers subscribe "diffusion model"']
        assert made.asked[0].timezone == "UTC"

        await made.alert(PAPERS[0], "diffusion model")
        card = page.locator("article.kind-alert")
        await expect(card).to_be_in_viewport()
        link = card.get_by_role("link", name=PAPERS[0].title)
        await expect(link).to_have_attribute("href", "https://arxiv.org/abs/2006.11239")
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await expect(card.locator(".reason")).to_have_text("matches diffusion model in #1")
        await expect(card.locator(".meta")).to_contain_text("▲ 54")
        await expect(card.get_by_role("link", name="Code github.com")).to_be_visible()

        await page.context.route(
            "https://arxiv.org/**", lambda route: route.fulfill(body="the paper")
        )
        async with page.expect_popup() as popup:
            await link.click()
        elsewhere = await popup.value
        await expect(elsewhere.locator("body")).to_have_text("the paper")
        assert await elsewhere.evaluate("window.opener") is None


async def test_a_private_answer_says_so(opened: Open) -> None:
    """Errors show the caret, say that only the asker sees them, and can be put back."""
    async with opened() as (_, page):
        await page.fill("#input", '/papers subscribe "diffusion')
        await page.press("#input", "Enter")
        answer = page.locator("article.kind-error")
        await expect(answer).to_contain_text("Only you see this")
        assert await answer.locator("pre").text_content() == '"diffusion\n^'
        await answer.get_by_role("button", name="Put it back").click()
        await expect(page.locator("#input")).to_have_value('/papers subscribe "diffusion')
        await expect(page.locator("#input")).to_be_focused()


async def test_commands_are_completed_by_keyboard(opened: Open) -> None:
    """Arrows choose, Tab and Enter take, Escape closes, Enter sends; the combobox says it all."""
    async with opened() as (made, page):
        command = page.get_by_role("combobox", name="Command")
        options = page.get_by_role("option")
        await expect(command).to_have_attribute("aria-expanded", "false")
        await command.press_sequentially("/papers s")
        await expect(options.first).to_contain_text("subscribe")
        await expect(command).to_have_attribute("aria-expanded", "true")
        await command.press("ArrowDown")
        await command.press("ArrowDown")
        chosen = page.locator('[role=option][aria-selected="true"]')
        await expect(chosen).to_contain_text("search")
        active = await command.get_attribute("aria-activedescendant")
        assert active == await chosen.get_attribute("id")
        await command.press("Enter")
        await expect(command).to_have_value("/papers search ")
        await command.press_sequentially("cat:cs.C")
        await expect(options.first).to_contain_text("cs.C")
        await command.press("Escape")
        await expect(options).to_have_count(0)
        await command.fill("/papers subs")
        await expect(options).to_have_count(1)
        await command.press("Tab")
        await expect(command).to_have_value("/papers subscribe ")
        await expect(command).to_be_focused()
        assert made.asked == []
        await command.fill("/papers latest")
        await command.press("Escape")
        await command.press("Enter")
        await expect(page.locator("article.answer")).to_be_visible()
        await command.press("ArrowUp")
        await expect(command).to_have_value("/papers latest")


async def test_buttons_are_commands(opened: Open) -> None:
    """Pressing one is the same as typing it; the overflow menu works by keyboard alone."""
    async with opened() as (made, page):
        await made.alert(PAPERS[2], "transformers")
        card = page.locator("article.kind-alert")
        await card.get_by_role("button", name="Why").click()
        await expect(page.locator("article.answer")).to_have_count(1)
        more = card.get_by_role("button", name="More")
        await more.focus()
        await page.keyboard.press("ArrowDown")
        await expect(card.get_by_role("menuitem", name="Why")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(more).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowUp")
        await expect(card.get_by_role("menuitem", name="Cite")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("article.answer")).to_have_count(2)
        await expect(card.get_by_role("menu")).to_be_hidden()

    said = [asked.text for asked in made.asked]
    assert said == ["/papers why arxiv:2212.09748", "/papers cite arxiv:2212.09748"]


async def test_a_list_opens_in_pages(opened: Open) -> None:
    """Next turns the page in the card itself and puts the reader at its head."""
    async with opened() as (made, page):
        await made.post(many(1), "list:x")
        card = page.locator("article.kind-list")
        await expect(card.locator(".entry")).to_have_count(10)
        await card.get_by_role("button", name="Next").click()
        await expect(card).to_contain_text("Paper number 11")
        await expect(card.locator(".card-title")).to_be_focused()
        await expect(card.locator(".card-title")).to_be_in_viewport()
        await card.get_by_role("button", name="Next").click()
        await expect(card.locator(".entry")).to_have_count(5)
        await expect(card.get_by_role("button", name="Next")).to_have_count(0)
        await expect(page.locator("article")).to_have_count(1)


async def test_channels_are_kept_apart(opened: Open) -> None:
    """A new channel opens; news elsewhere shows at its name; each shows its own papers."""
    async with opened(may_log="400") as (made, page):
        await page.get_by_role("button", name="New channel").click()
        await page.get_by_role("textbox", name="Name of the new channel").fill("Bad/Name")
        await page.keyboard.press("Enter")
        await expect(page.locator("#channel-form-note")).to_contain_text("small letters")
        await page.get_by_role("textbox", name="Name of the new channel").fill("Reading Group")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("# reading-group")
        await made.alert(paper(1, "In general"))
        await made.alert(paper(2, "In the group"), channel="reading-group")
        await expect(page.locator("article")).to_have_count(1)
        await expect(page.locator("article")).to_contain_text("In the group")
        await page.fill("#input", "/papers help")
        await page.press("#input", "Enter")
        await page.get_by_role("link", name="general").click()
        await expect(page.locator("h1")).to_have_text("# general")
        await expect(page.locator("article")).to_contain_text("In general")
        await page.reload()
        await expect(page.locator("h1")).to_have_text("# general")
        await expect(page.locator("article")).to_have_count(1)


async def test_reading_above_is_not_disturbed(opened: Open) -> None:
    """What arrives while the reader is above waits below a line, and a button leads there."""
    async with opened(viewport={"width": 1000, "height": 600}) as (made, page):
        for number in range(1, 9):
            await made.alert(paper(number, f"Paper {number}"))
        await expect(page.locator("article")).to_have_count(8)
        await expect(page.locator("article").last).to_be_in_viewport()
        await expect(page.get_by_role("heading", name="Today")).to_be_attached()
        await page.locator("article").first.scroll_into_view_if_needed()
        await page.mouse.move(600, 300)
        await page.mouse.wheel(0, -3000)
        await expect(page.locator("#jump")).to_have_text("Newest")
        await made.alert(paper(9, "Paper 9"))
        await expect(page.locator("#jump")).to_have_text("1 new")
        await expect(page).to_have_title("(1) #general · paperwire")
        await expect(page.locator("article").first).to_be_in_viewport()
        await expect(
            page.get_by_role("separator", name="New since you last looked")
        ).to_have_count(1)
        await page.locator("#jump").click()
        await expect(page.locator("article").last).to_be_in_viewport()
        await expect(page.locator("#jump")).to_be_hidden()
        await expect(page).to_have_title("#general · paperwire")


async def test_earlier_papers_are_a_press_away(opened: Open) -> None:
    """The newest fifty are shown; earlier ones come in front, and the reader stays in place."""
    async with opened() as (made, page):
        for number in range(120):
            await made.alert(paper(number, f"Paper {number}"), channel="busy")
        await page.goto(f"{made.url}/#busy")
        cards = page.locator("article")
        await expect(cards).to_have_count(50)
        await page.mouse.move(600, 300)
        await page.mouse.wheel(0, -30_000)
        await page.get_by_role("button", name="Show earlier papers").click()
        await expect(cards).to_have_count(120)
        titles = await page.locator("article .paper-title").all_text_contents()
        assert titles == [f"Paper {number}" for number in range(120)]
        await expect(cards.nth(70)).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Show earlier papers")).to_be_hidden()
        await expect(page.locator("h2.day")).to_have_count(1)


async def test_a_lost_connection_is_told_and_mended(opened: Open) -> None:
    """The page says so, comes back by itself, and misses nothing."""
    async with opened(may_log="ERR_|Failed to load") as (made, page):
        await made.alert(paper(1, "Before"))
        await expect(page.locator("article")).to_have_count(1)
        await expect(page.locator("#connection")).to_have_text("")
        await made.stop()
        await expect(page.locator("#connection")).to_have_text("Connection lost. Trying again…")
        await made.alert(paper(2, "Meanwhile"))
        await made.start()
        await expect(page.locator("article")).to_have_count(2, timeout=15_000)
        await expect(page.locator("#connection")).to_have_text("")


async def test_no_source_is_said_with_the_sample_day(opened: Open) -> None:
    """One sentence, that it keeps trying, and a button that plays the sample."""
    async with opened(path="/#quiet") as (made, page):
        made.sources = [DOWN, {**DOWN, "name": "Hugging Face", "reason": None}]
        await page.reload()
        banner = page.locator("#banner")
        await expect(banner).to_contain_text(
            "No source can be reached right now; paperwire keeps trying. "
            "Until then, there is a built-in sample day."
        )
        await expect(banner).to_contain_text(str(DOWN["reason"]))
        await expect(banner).to_have_attribute("role", "status")
        await banner.get_by_role("button", name="Play the sample day").click()
        await expect(page.locator("article.answer")).to_be_visible()
        made.sources = [DOWN, {**DOWN, "state": "up"}]
        await page.reload()
        await expect(page.locator(".source.up")).to_be_attached()
        await expect(banner).to_be_empty()

    assert (made.asked[0].text, made.asked[0].channel.channel) == ("/papers sample", "quiet")


async def test_a_narrow_screen_shows_everything(opened: Open) -> None:
    """At 360 pixels nothing sticks out, and the side is a drawer for thumb and keyboard."""
    size = {"width": 360, "height": 740}
    async with opened(viewport=size, has_touch=True, is_mobile=True) as (made, page):
        await made.messages.create("a-name-that-is-as-long-as-a-name-can-be")
        await made.alert(paper(1, "W" * 300, authors=("x" * 60,)), "word")
        await made.alert(PAPERS[1], "latent diffusion")
        await made.post(many(1), "list:x")
        await page.fill("#input", "/papers subscribe " + "long" * 40)
        await page.press("#input", "Enter")
        await expect(page.locator("article")).to_have_count(4)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        inside = await page.evaluate("document.getElementById('scroll').scrollWidth")
        assert max(wide, inside) <= 360
        await expect(page.locator("#side")).not_to_be_in_viewport()
        await page.get_by_role("button", name="Channels", exact=True).tap()
        await expect(page.locator("#side")).to_be_in_viewport()
        await expect(page.locator("#channels a[aria-current]")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#side")).not_to_be_in_viewport()
        await expect(page.locator("#open-side")).to_be_focused()
        small = await page.evaluate(
            "[...document.querySelectorAll('.foot button, .bar button, article button')]"
            ".filter(b => b.offsetParent && b.offsetHeight < 36).map(b => b.textContent)"
        )
        assert small == []


async def test_the_theme_follows_the_system_until_chosen(opened: Open) -> None:
    """Dark where the system is dark; the choice is remembered."""
    colour = "getComputedStyle(document.body).backgroundColor"
    async with opened(color_scheme="dark") as (_, page):
        dark = await page.evaluate(colour)
        await page.get_by_role("button", name="Light theme").click()
        light = await page.evaluate(colour)
        await page.reload()
        await expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
        assert await page.evaluate(colour) == light

    assert dark != light


async def test_keyboard_and_screen_reader_find_their_way(opened: Open) -> None:
    """The first Tab skips to the input; the stream is a log; every control has a name."""
    async with opened(has_touch=True) as (made, page):
        await made.alert(PAPERS[0], "diffusion")
        await expect(page.get_by_role("article", name=PAPERS[0].title)).to_be_visible()
        log = page.get_by_role("log", name="# general")
        await expect(log).to_have_attribute("aria-live", "polite")
        await page.evaluate("document.activeElement.blur()")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the command line")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#input")).to_be_focused()
        nameless = await page.evaluate(
            "[...document.querySelectorAll('button, a, input')].filter(e => !(e.textContent.trim()"
            " || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)"
        )
        assert nameless == []


async def test_the_login_form_lets_in(opened: Open) -> None:
    """With a token set, the page is a form until the token is given."""
    options = WebOptions(token="a2b3c4d5e6f7")
    async with opened(options, may_log="401") as (made, page):
        await page.get_by_label("Token").fill("a2b3c4d5e6f7")
        await page.get_by_role("button", name="Open the page").click()
        await expect(page.locator("h1")).to_have_text("# general")
        assert page.url == f"{made.url}/"


def hostile() -> list[str]:
    """Every hostile text we have; a few of our own where the collection is absent."""
    own = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "https://arxiv.org@evil.example/",
        "\u202egnp.exe \u2066x\u200b\u200f",
        "a" + "\u0301" * 500,
        "\ud800 half",
        "@everyone <!channel> <@U123>",
        "{{constructor.constructor('alert(1)')()}}",
        "x" * 20_000,
    ]
    folder = DATA / "hostile" / "strings"
    if not folder.exists():
        return own
    titles = (folder / "titles.jsonl").read_text("utf-8").split("\n")
    naughty = json.loads((folder / "blns.json").read_text("utf-8"))
    return (
        own
        + list(map(str, naughty))
        + [json.loads(line)["title"] for line in titles if line.strip()]
    )


async def test_hostile_texts_stay_texts(opened: Open) -> None:
    """Through every field of a card: nothing runs, is fetched, hides, or links elsewhere."""
    texts = hostile()
    said = ""
    async with opened() as (made, page):
        for start in range(0, len(texts), 50):
            batch = texts[start : start + 50]
            channel = f"hostile-{start}"
            for number, text in enumerate(batch):
                await made.post(raw_card(text), f"text-{number}", channel)
            await page.goto(f"{made.url}/#{channel}")
            await expect(page.locator("h1")).to_have_text(f"# {channel}")
            await expect(page.locator("article")).to_have_count(len(batch))
            found = await page.evaluate(LOOK)
            said += found.pop("text")

            assert found == {"foreign": [], "links": [], "handlers": [], "sticks_out": False}

    assert UNSEEN.search(said) is None
    assert "<script>alert(1)</script>" in said
    assert "@everyone <!channel> <@U123>" in said


UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\x00-\x08]")
LOOK = """() => {
  const log = document.getElementById("log");
  const scroll = document.getElementById("scroll");
  const all = [...log.querySelectorAll("*")];
  const safe = (a) =>
    /^https?:$/.test(a.protocol) && !a.username && a.rel === "noopener noreferrer";
  const active = (name) => name.startsWith("on") || name === "style" || name === "src";
  const own = new Set(
    ("ARTICLE DIV SPAN P H2 H3 H4 A TIME STRONG CODE PRE DL DT DD UL LI BUTTON svg use").split(" ")
  );
  return {
    foreign: all.map((e) => e.tagName).filter((tag) => !own.has(tag)),
    links: [...log.querySelectorAll("a")].filter((a) => !safe(a)).map((a) => a.outerHTML),
    handlers: all.flatMap((e) => e.getAttributeNames()).filter(active),
    text: log.textContent,
    sticks_out: scroll.scrollWidth > scroll.clientWidth,
  };
}"""


async def test_a_notice_is_one_quiet_line(opened: Open) -> None:
    """What someone else changed is said without a frame."""
    notice = Card(
        CardKind.NOTICE,
        "",
        (Para((Run("Subscription #2 was removed."),)),),
        "Removed",
        private=False,
    )
    async with opened() as (made, page):
        await made.post(notice, "notice:1")
        await expect(page.locator("article.kind-notice")).to_have_text(
            re.compile("Subscription #2 was removed")
        )
