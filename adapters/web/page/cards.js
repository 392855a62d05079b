// Card (as the JSON interface gives it) -> elements. All texts are untrusted: see dom.js.

import { clean, el, hostOf, icon, link } from "./dom.js";
import { moreMenu } from "./menu.js";

const PAGES = /^\/papers page \S+ \d+$|--page \d+$/;
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const COUNT = new Intl.NumberFormat();
const LABEL_MAX = 26;
const PRIVATE = "Only you see this";
let ids = 0;

/**
 * The article of a card. `acts` has `run(command)`, `fill(command)` and `turn(command)`, which
 * gives the card of another page of a list. `at` is when it was posted or answered.
 */
export function cardArticle(card, at, acts, isAnswer = false) {
  const article = el("article", { class: `card kind-${clean(card.kind, 20)}` });
  if (isAnswer) article.classList.add("answer");
  if (isAnswer && card.private) article.classList.add("private");
  fill(article, card, at, acts, isAnswer);
  return article;
}

function fill(article, card, at, acts, isAnswer) {
  const id = `card-${(ids += 1)}`;
  const turn = async (command, button) => {
    button.disabled = true;
    const next = await acts.turn(command);
    button.disabled = false;
    if (!next) return;
    fill(article, next, at, acts, isAnswer);
    article.querySelector(".card-title, .paper-title")?.focus();
  };
  const press = (action, button) => {
    if (action.fill) acts.fill(action.command);
    else if (PAGES.test(action.command)) turn(action.command, button);
    else acts.run(action.command);
  };
  const papers = card.parts.filter((part) => part.part === "paper");
  const single = card.kind === "alert" || (card.kind === "paper" && papers.length === 1);
  const shown = { press, single, linked: card.buttons.map((button) => button.url), id };
  article.replaceChildren(
    heading(card, papers, at, isAnswer, single),
    ...(card.title ? [el("h3", { class: "card-title", id, tabindex: "-1", dir: "auto" }, clean(card.title, 400))] : []),
    ...grouped(card.parts, shown),
    ...foot(card, press),
  );
  article.setAttribute("aria-labelledby", id);
}

function heading(card, papers, at, isAnswer, single) {
  const reason = single && papers[0]?.reason.length ? el("span", { class: "reason", dir: "auto" }, runs(papers[0].reason)) : null;
  const seen = isAnswer && card.private ? el("span", { class: "whose" }, icon("eye"), PRIVATE) : null;
  const time = el("time", { class: "at", datetime: at.toISOString(), title: at.toLocaleString() }, TIME.format(at));
  if (!reason && !seen) return el("div", { class: "eyebrow bare" }, time);
  return el("div", { class: "eyebrow" }, reason ?? seen, reason && seen, time);
}

/** Rows and papers that follow each other become lists. */
function grouped(parts, shown) {
  const nodes = [];
  let list = null;
  for (const part of parts) {
    const listed = part.part === "row" || (part.part === "paper" && !shown.single);
    if (!listed) list = null;
    else if (!list) nodes.push((list = el("ul", { class: "entries" })));
    if (listed) list.append(el("li", { class: "entry" }, partNode(part, shown)));
    else nodes.push(partNode(part, shown));
  }
  return nodes;
}

function partNode(part, shown) {
  switch (part.part) {
    case "para":
      return el("p", { class: "para", dir: "auto" }, runs(part.runs));
    case "preformatted":
      return preformatted(part.text);
    case "facts":
      return facts(part.facts);
    case "paper":
      return paper(part, shown);
    case "row":
      return el(
        "div",
        { class: "row" },
        el("div", { class: "row-text", dir: "auto" }, runs(part.runs)),
        part.actions.length ? el("div", { class: "actions" }, part.actions.map((action) => button(action, shown.press))) : null,
      );
    default:
      return el("p", { class: "para" }, "This part needs a newer page: reload it.");
  }
}

/** Labels and values in two columns; under each other where a label is long. */
function facts(list) {
  const wide = list.some((fact) => fact.label.length > LABEL_MAX);
  return el("dl", { class: wide ? "facts wide" : "facts" }, list.map(factNode));
}

function factNode(fact) {
  return el("div", { class: "fact" }, el("dt", { dir: "auto" }, clean(fact.label, 200)), el("dd", { dir: "auto" }, clean(fact.value, 2000)));
}

function runs(list) {
  return list.map((run) => {
    const tag = { strong: "strong", code: "code", quiet: "span" }[run.mark];
    const text = clean(run.text);
    const node = tag ? el(tag, { class: run.mark === "quiet" ? "quiet" : null, dir: run.mark === "code" ? "ltr" : null }, text) : text;
    return run.url ? link(run.url, {}, node) : node;
  });
}

function preformatted(text) {
  const shown = clean(text, 20000);
  const block = el("pre", { tabindex: "0", dir: "ltr" }, shown);
  const copy = el("button", { type: "button", class: "button copy" }, "Copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(shown);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(block); // no clipboard outside https and localhost
      copy.textContent = "Selected";
    }
  });
  return el("div", { class: "pre-wrap" }, block, shown.includes("@") || shown.length > 200 ? copy : null);
}

function paper(part, shown) {
  const title = el(
    shown.single ? "h3" : "h4",
    { class: "paper-title", dir: "auto", tabindex: "-1", id: shown.single ? shown.id : null },
    link(part.url, {}, clean(part.title, 600)),
  );
  return el(
    "div",
    { class: "paper", "data-paper": clean(part.paper_id, 200) },
    title,
    part.authors ? el("p", { class: "authors", dir: "auto" }, clean(part.authors, 400)) : null,
    el("p", { class: "meta" }, meta(part, shown), shown.single || !part.reason.length ? null : el("span", { class: "reason", dir: "auto" }, runs(part.reason))),
    part.abstract ? el("p", { class: "abstract", dir: "auto" }, clean(part.abstract, 6000)) : null,
  );
}

function meta(part, shown) {
  const items = part.categories.slice(0, 6).map((name, place) => el("span", { class: place ? "cat" : "cat first" }, clean(name, 40)));
  const day = new Date(`${part.day}T00:00:00Z`);
  if (!Number.isNaN(day.valueOf())) items.push(el("time", { datetime: part.day }, DAY.format(day)));
  if (part.announced && part.announced !== "new") items.push(el("span", { class: "announced" }, clean(part.announced, 60)));
  if (part.version > 1) items.push(el("span", {}, `v${part.version}`));
  if (part.upvotes !== null) items.push(el("span", { title: "Votes on Hugging Face" }, `▲ ${COUNT.format(part.upvotes)}`, el("span", { class: "unseen" }, " votes")));
  if (part.stars !== null) items.push(el("span", { title: "Stars of the repository" }, `★ ${COUNT.format(part.stars)}`, el("span", { class: "unseen" }, " stars")));
  for (const [label, url] of [["Code", part.code_url], ["Project", part.project_url]]) {
    if (url && hostOf(url) && !shown.linked.includes(url)) items.push(link(url, { title: url }, `${label} on ${hostOf(url)}`));
  }
  return items;
}

function foot(card, press) {
  const nodes = card.buttons.map((one) => button(one, press));
  if (card.more.length) nodes.push(moreMenu(card.more.map((one) => button(one, press))));
  return nodes.length ? [el("div", { class: "actions" }, nodes)] : [];
}

function button(one, press) {
  const label = clean(one.label, 80);
  if (one.button === "link") {
    const host = hostOf(one.url);
    const told = host && !["arxiv.org", "doi.org"].includes(host) ? el("span", { class: "host" }, host) : null;
    return link(one.url, { class: "button", title: clean(one.url, 300) }, label, told);
  }
  const node = el("button", { type: "button", class: one.primary ? "button primary" : "button", title: clean(one.command, 200) }, label);
  node.addEventListener("click", () => press(one, node));
  return node;
}
