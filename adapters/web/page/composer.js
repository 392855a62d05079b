// The input: slash commands with completion (a combobox), and what you sent before.

import { complete } from "./api.js";
import { clean, el } from "./dom.js";

const PAUSE_MS = 70;
const SENT_MAX = 50;

export class Composer {
  constructor(channel, onSend) {
    this.channel = channel;
    this.onSend = onSend;
    this.input = document.getElementById("input");
    this.list = document.getElementById("options");
    this.form = document.getElementById("composer");
    this.found = [];
    this.active = -1;
    this.sent = [];
    this.recalled = -1;
    this.input.addEventListener("input", () => this.lookUp());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  /** Put a command there for the person to finish. */
  fill(text) {
    this.input.value = text;
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
    this.lookUp();
  }

  send() {
    const text = this.input.value.trim();
    this.close();
    if (!text) return;
    this.sent = [text, ...this.sent.filter((one) => one !== text)].slice(0, SENT_MAX);
    this.recalled = -1;
    this.input.value = "";
    this.onSend(text);
  }

  /** Ask what could be typed. Until the answer is there, what is shown is what still fits. */
  lookUp() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const text = this.input.value;
    if (!text.trim() || this.input.selectionEnd !== text.length) return this.close();
    const fits = text.toLowerCase();
    this.show(this.found.filter((one) => one.text !== text && one.text.toLowerCase().startsWith(fits)), text);
    const asking = (this.asking = new AbortController());
    this.timer = setTimeout(async () => {
      const found = await complete(this.channel(), text, asking.signal).catch(() => []);
      if (asking.signal.aborted || document.activeElement !== this.input) return;
      this.show(found.filter((one) => one.text !== text), text);
    }, PAUSE_MS);
  }

  /** Show these; what the person had moved to stays chosen. */
  show(found, typed) {
    const chosen = this.found[this.active]?.text;
    this.hide();
    if (!found.length) return;
    this.found = found;
    this.list.replaceChildren(...found.map((one, index) => this.option(one, index, typed)));
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
    const place = found.findIndex((one) => one.text === chosen);
    if (place >= 0) this.choose(place);
  }

  option(one, index, typed) {
    const node = el(
      "li",
      { class: "option", role: "option", id: `option-${index}`, "aria-selected": "false" },
      el("span", { class: "option-text", dir: "ltr" }, told(one.text, typed)),
      el("span", { class: "option-hint", dir: "auto" }, clean(one.hint, 120)),
    );
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the input keeps the focus
      this.take(index);
    });
    return node;
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.hide();
  }

  hide() {
    this.found = [];
    this.active = -1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  take(index) {
    const { text } = this.found[index];
    this.close();
    this.fill(text);
  }

  move(step) {
    const count = this.found.length;
    this.choose(this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count);
  }

  choose(index) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.list.children[this.active];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    const plain = !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey);
    if (open && plain && (event.key === "ArrowDown" || event.key === "ArrowUp")) this.move(event.key === "ArrowDown" ? 1 : -1);
    else if (open && plain && event.key === "Tab") this.take(Math.max(this.active, 0));
    else if (open && event.key === "Enter" && this.active >= 0) this.take(this.active);
    else if (open && event.key === "Escape") this.close();
    else if (!open && plain && event.key === "ArrowUp" && this.recall(1)) return event.preventDefault();
    else if (!open && plain && event.key === "ArrowDown" && this.recalled >= 0) this.recall(-1);
    else return undefined;
    return event.preventDefault();
  }

  /** Earlier commands, newest first, while the input is empty or shows one of them. */
  recall(step) {
    const untouched = !this.input.value || this.input.value === this.sent[this.recalled];
    const to = this.recalled + step;
    if (!untouched || to >= this.sent.length) return false;
    this.recalled = Math.max(to, -1);
    this.input.value = this.sent[this.recalled] ?? "";
    return true;
  }
}

/** The completion with what is typed already set back; only its end when the input is long. */
function told(text, typed) {
  let same = 0;
  while (same < typed.length && text[same]?.toLowerCase() === typed[same].toLowerCase()) same += 1;
  const cut = same > 24 ? typed.slice(0, same).lastIndexOf(" ") + 1 : 0;
  return [cut ? "… " : "", el("span", { class: "typed" }, clean(text.slice(cut, same), 200)), clean(text.slice(same), 200)];
}
