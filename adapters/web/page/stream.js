// The stream of a channel: day lines, the "New" line, what was posted, what you asked, scrolling.

import { cardArticle } from "./cards.js";
import { clean, el, memory } from "./dom.js";

const KEPT = 400;
const NEAR_PX = 90;
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

/** Everything between the bar and the input. `acts` carries out what buttons say. */
export class Stream {
  constructor(acts, onUnread) {
    this.acts = acts;
    this.onUnread = onUnread;
    this.scroll = document.getElementById("scroll");
    this.log = document.getElementById("log");
    this.empty = document.getElementById("empty");
    this.jump = document.getElementById("jump");
    this.jumpLabel = document.getElementById("jump-label");
    this.reset("");
    this.scroll.addEventListener("scroll", () => this.scrolled(), { passive: true });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.unread && this.marker) this.toTop(this.marker);
      this.settle();
    });
    this.jump.addEventListener("click", () => {
      this.toBottom();
      document.getElementById("input").focus();
    });
    // what grows below the fold (fonts, a turned phone, the keyboard) keeps the newest in sight
    new ResizeObserver(() => this.stuck && this.toBottom(false)).observe(this.scroll);
  }

  reset(channel) {
    this.channel = channel;
    this.known = new Set();
    this.last = null;
    this.lastDay = null;
    this.unread = 0;
    this.stuck = true; // the reader is at the end and wants to stay there
    this.lastTop = 0;
    this.marker = null;
    this.log.replaceChildren();
    this.empty.hidden = true;
    this.jump.hidden = true;
    this.onUnread(0);
  }

  /** Show what was there when the channel was opened; reading aloud waits until it is all in. */
  load(messages) {
    this.log.setAttribute("aria-busy", "true");
    const seen = memory.get(`seen.${this.channel}`);
    const place = messages.findIndex((message) => message.id === seen);
    messages.forEach((message, index) => {
      if (place >= 0 && index === place + 1) this.mark();
      this.put(message);
    });
    this.log.setAttribute("aria-busy", "false");
    this.checkEmpty();
    if (this.marker) {
      this.toTop(this.marker, false);
      this.stuck = this.nearBottom();
    } else this.toBottom(false);
  }

  /** Put earlier messages in front, and stay where the reader is. */
  prepend(messages) {
    const before = this.scroll.scrollHeight - this.scroll.scrollTop;
    const own = [...this.log.children];
    const lastDay = this.lastDay;
    this.lastDay = null;
    this.log.replaceChildren();
    const last = this.last;
    messages.filter((message) => !this.known.has(message.id)).forEach((message) => this.put(message));
    if (own[0]?.dataset.day === this.lastDay) own.shift();
    this.log.append(...own);
    this.lastDay = lastDay;
    this.last = last;
    this.scroll.scrollTop = this.scroll.scrollHeight - before;
  }

  /** A message that was just posted. */
  arrive(message) {
    if (this.known.has(message.id)) return;
    const away = document.hidden || !this.stuck;
    if (away && !this.unread) this.mark();
    const node = this.put(message);
    node.classList.add("arriving");
    this.checkEmpty();
    this.trim();
    if (away) {
      this.stuck = false;
      this.unread += 1;
      this.onUnread(this.unread);
      this.showJump();
    } else if (node.offsetHeight > this.scroll.clientHeight) this.toTop(node);
    else this.toBottom();
  }

  put(message) {
    this.known.add(message.id);
    this.last = message.id;
    return this.append(message.card, new Date(message.posted_at), false);
  }

  /** What you typed, and room for its answer; gives what puts the answer there. */
  ask(text) {
    this.dropMarker();
    const said = el("div", { class: "said" }, el("span", { class: "unseen" }, "You: "), el("code", { dir: "auto" }, clean(text, 2000)));
    const room = el("div", { class: "waiting", "aria-label": "Waiting for the answer" }, el("i"), el("i"), el("i"));
    this.dayLine(new Date());
    this.log.append(said, room);
    this.checkEmpty();
    this.toBottom();
    return (card) => {
      const article = cardArticle(card, new Date(), this.acts, true);
      article.classList.add("arriving");
      if (!room.isConnected) return;
      room.replaceWith(article);
      this.trim();
      const tall = article.offsetHeight + said.offsetHeight > this.scroll.clientHeight - 40;
      if (tall) this.toTop(said);
      else this.toBottom();
    };
  }

  append(card, at, isAnswer) {
    this.dayLine(at);
    const article = cardArticle(card, at, this.acts, isAnswer);
    this.log.append(article);
    return article;
  }

  dayLine(at) {
    const day = at.toDateString();
    if (day === this.lastDay) return;
    this.lastDay = day;
    this.log.append(el("h2", { class: "day", "data-day": day }, el("span", {}, dayName(at))));
  }

  mark() {
    this.dropMarker();
    this.marker = el("div", { class: "new", role: "separator", "aria-label": "New since you last looked" }, el("span", { "aria-hidden": "true" }, "New"));
    this.log.append(this.marker);
  }

  dropMarker() {
    this.marker?.remove();
    this.marker = null;
  }

  checkEmpty() {
    this.empty.hidden = this.log.childElementCount > 0;
  }

  /** Old cards leave the page, not the channel: "Show earlier papers" brings them back. */
  trim() {
    while (this.log.childElementCount > KEPT && this.stuck) this.log.firstElementChild.remove();
  }

  nearBottom() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_PX;
  }

  toBottom(gently = true) {
    this.stuck = true;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior: gently ? smooth() : "instant" });
    this.settle();
  }

  toTop(node, gently = true) {
    this.stuck = false;
    this.scroll.scrollTo({ top: node.offsetTop - 12, behavior: gently ? smooth() : "instant" });
    this.settle();
  }

  /** Scrolling up leaves the end; a smooth scroll on its way down does not. */
  scrolled() {
    const top = this.scroll.scrollTop;
    if (this.nearBottom()) this.stuck = true;
    else if (top < this.lastTop - 3) this.stuck = false;
    this.lastTop = top;
    this.settle();
  }

  /** After scrolling or coming back: what is in sight counts as read. */
  settle() {
    if (this.nearBottom() && !document.hidden) {
      if (this.unread) this.onUnread(0);
      this.unread = 0;
      if (this.last) memory.set(`seen.${this.channel}`, this.last);
    }
    this.showJump();
  }

  showJump() {
    this.jump.hidden = this.stuck || this.nearBottom();
    this.jumpLabel.textContent = this.unread ? `${this.unread} new` : "Newest";
    this.jump.classList.toggle("fresh", this.unread > 0);
  }
}

function smooth() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
}

function dayName(at) {
  const days = Math.round((startOfDay(new Date()) - startOfDay(at)) / 86400000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return at.getFullYear() === new Date().getFullYear() ? DAY.format(at) : DAY_YEAR.format(at);
}

function startOfDay(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}
