// The page: which channel is open, what its parts do together.

import * as api from "./api.js";
import { showBanner } from "./banner.js";
import { Composer } from "./composer.js";
import { memory } from "./dom.js";
import { fillEmpty } from "./empty.js";
import { Side } from "./side.js";
import { Stream } from "./stream.js";

const PAGE = 50;
const STATUS_MS = 15000;
const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;

let channel = "";
let leave = () => {};
let shownCount = PAGE;

const acts = {
  run: (command) => send(command),
  fill: (command) => composer.fill(command),
  turn: async (command) => {
    try {
      return await api.run(channel, command);
    } catch (error) {
      stream.ask(command)(troubleCard(error));
      return null;
    }
  },
};
const stream = new Stream(acts, showUnread);
const composer = new Composer(() => channel, (text) => send(text));
const side = new Side();

async function send(text) {
  const answer = stream.ask(text);
  try {
    answer(await api.run(channel, text));
  } catch (error) {
    answer(troubleCard(error, text));
  }
  side.refresh().catch(() => {});
  showStatus();
}

/** What could not be asked, said as a card. */
function troubleCard(error, text) {
  const again = text ? [{ button: "action", label: "Put it back", command: text, primary: false, fill: true }] : [];
  const parts = [{ part: "para", runs: [{ text: error.message, mark: "plain", url: null }] }];
  return { kind: "error", title: "That did not get through", parts, buttons: again, more: [], private: true };
}

async function open(name) {
  leave();
  let gone = false;
  leave = () => (gone = true);
  channel = name;
  shownCount = PAGE;
  document.getElementById("channel-title").textContent = `# ${name}`;
  memory.set("channel", name);
  side.select(name);
  stream.reset(name);
  showEarlier(false);
  const messages = await untilThere(() => api.newest(name, PAGE), () => gone);
  if (gone) return;
  stream.load(messages);
  showEarlier(messages.length === PAGE);
  leave = api.follow(name, stream.last, (message) => stream.arrive(message), showConnection);
  side.refresh().catch(() => {});
}

/** Ask until there is an answer: the server may be starting. */
async function untilThere(ask, isGone) {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
    try {
      const found = await ask();
      showConnection(true);
      return found;
    } catch {
      if (isGone()) return [];
      showConnection(false);
      await new Promise((resume) => setTimeout(resume, pause));
      if (isGone()) return [];
    }
  }
}

function showConnection(connected) {
  const place = document.getElementById("connection");
  const said = connected ? "" : "Connection lost. Trying again…";
  if (place.textContent !== said) place.textContent = said;
  place.classList.toggle("lost", !connected);
}

function showUnread(count) {
  document.title = `${count ? `(${count}) ` : ""}${channel ? `#${channel} · ` : ""}paperwire`;
}

function showEarlier(shown) {
  document.getElementById("earlier").hidden = !shown;
}

async function showStatus() {
  try {
    const status = await api.status();
    side.showSources(status.sources);
    showBanner(status, () => send("/papers sample"));
  } catch {
    // the stream's own state says that the connection is lost
  }
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => {
    button.title = isDark() ? "Light theme" : "Dark theme";
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    memory.set("theme", document.documentElement.dataset.theme);
    label();
  });
  dark.addEventListener("change", label);
  label();
}

function fromAddress() {
  const name = decodeURIComponent(location.hash.slice(1));
  return NAME.test(name) ? name : null;
}

document.getElementById("help").addEventListener("click", () => send("/papers help"));
document.querySelector("#earlier button").addEventListener("click", async () => {
  shownCount += PAGE * 2;
  const messages = await api.newest(channel, shownCount).catch(() => null);
  if (!messages) return;
  stream.prepend(messages);
  showEarlier(messages.length === shownCount);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, [role=menu]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  composer.fill("/");
});
window.addEventListener("hashchange", () => {
  const name = fromAddress();
  if (name && name !== channel) open(name);
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  composer.input.focus();
});

setUpTheme();
fillEmpty(acts);
showStatus();
const refresh = () => {
  if (document.hidden) return;
  showStatus();
  side.refresh().catch(() => {});
};
setInterval(refresh, STATUS_MS);
document.addEventListener("visibilitychange", refresh);
open(fromAddress() ?? (NAME.test(memory.get("channel") ?? "") ? memory.get("channel") : "general"));
if (matchMedia("(hover: hover)").matches) composer.input.focus();
