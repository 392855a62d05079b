// The side: channels with their news, a new channel, how the sources are doing; a drawer on phones.

import * as api from "./api.js";
import { clean, el, memory } from "./dom.js";

const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });
const narrow = matchMedia("(max-width: 760px)");

export class Side {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.current = "";
    this.side = document.getElementById("side");
    this.main = document.getElementById("main");
    this.shade = document.getElementById("shade");
    this.opener = document.getElementById("open-side");
    this.list = document.getElementById("channels");
    this.sources = document.getElementById("sources");
    this.opener.addEventListener("click", () => this.drawer(true));
    document.getElementById("close-side").addEventListener("click", () => this.drawer(false));
    this.shade.addEventListener("click", () => this.drawer(false));
    this.side.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen) this.drawer(false);
    });
    narrow.addEventListener("change", () => this.drawer(false, false));
    this.drawer(false, false);
    this.setUpForm();
  }

  /** Open or close the drawer; what is behind it can then not be reached. */
  drawer(open, refocus = true) {
    this.isOpen = open && narrow.matches;
    this.side.classList.toggle("open", this.isOpen);
    this.side.inert = narrow.matches && !this.isOpen;
    this.main.inert = this.isOpen;
    this.shade.hidden = !this.isOpen;
    this.opener.setAttribute("aria-expanded", String(this.isOpen));
    if (this.isOpen) (this.list.querySelector("[aria-current]") ?? this.list.querySelector("a"))?.focus();
    else if (refocus) this.opener.focus();
  }

  setUpForm() {
    const form = document.getElementById("channel-form");
    const input = document.getElementById("channel-name-input");
    const note = document.getElementById("channel-form-note");
    const add = document.getElementById("add-channel");
    const show = (shown) => {
      form.hidden = !shown;
      add.setAttribute("aria-expanded", String(shown));
      note.textContent = "";
      (shown ? input : add).focus();
    };
    add.addEventListener("click", () => show(form.hidden));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      show(false);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = input.value.trim().replace(/^#/, "").toLowerCase().replace(/\s+/g, "-");
      try {
        await api.createChannel(name);
        input.value = "";
        show(false);
        location.hash = name;
        await this.refresh();
      } catch (error) {
        note.textContent = error.message;
      }
    });
  }

  async refresh() {
    this.show(await api.channels());
  }

  show(channels) {
    this.names = channels.map((channel) => channel.name);
    const items = channels.map(({ name, newest }) => {
      const here = name === this.current;
      const news = !here && newest && memory.get(`seen.${name}`) !== newest;
      const entry = el(
        "a",
        { href: `#${name}`, class: news ? "channel news" : "channel", "aria-current": here ? "page" : null },
        el("span", { class: "hash", "aria-hidden": "true" }, "#"),
        el("span", { class: "channel-name" }, clean(name, 40)),
        news ? el("span", { class: "dot" }, el("span", { class: "unseen" }, "new papers")) : null,
      );
      entry.addEventListener("click", () => this.isOpen && this.drawer(false));
      return el("li", {}, entry);
    });
    const focused = document.activeElement?.getAttribute("href");
    this.list.replaceChildren(...items);
    if (focused) this.list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }

  select(name) {
    this.current = name;
    for (const entry of this.list.querySelectorAll("a")) {
      const here = entry.getAttribute("href") === `#${name}`;
      if (here) entry.setAttribute("aria-current", "page");
      else entry.removeAttribute("aria-current");
      if (here) entry.classList.remove("news");
      if (here) entry.querySelector(".dot")?.remove();
    }
  }

  showSources(sources) {
    const items = sources.map((source) =>
      el(
        "li",
        { class: `source ${clean(source.state, 10)}`, title: source.reason ? clean(source.reason, 300) : null },
        el("span", { class: "lamp", "aria-hidden": "true" }),
        el("span", { class: "source-name" }, clean(source.name, 60)),
        el("span", { class: "source-state" }, sourceState(source)),
      ),
    );
    this.sources.replaceChildren(...(items.length ? items : [el("li", { class: "source" }, "None is switched on")]));
  }
}

function sourceState(source) {
  if (source.state === "waiting") return "first look";
  if (source.state === "down") return "not reachable";
  return source.succeeded_at ? ago(new Date(source.succeeded_at)) : "reachable";
}

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  if (seconds > -60) return "just now";
  if (seconds > -3600) return AGO.format(Math.round(seconds / 60), "minute");
  if (seconds > -86400) return AGO.format(Math.round(seconds / 3600), "hour");
  return AGO.format(Math.round(seconds / 86400), "day");
}
