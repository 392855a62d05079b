// The overflow menu of a card: opened by mouse or keyboard, arrows move, Escape closes.

import { el, icon } from "./dom.js";

let closeOpen = () => {};

/** A *More* button whose menu holds the items (elements that are made into menu items). */
export function moreMenu(items) {
  const list = el("div", { class: "menu", role: "menu", "aria-label": "More", hidden: true });
  const button = el(
    "button",
    { type: "button", class: "button more", "aria-haspopup": "menu", "aria-expanded": "false" },
    el("span", { class: "more-label" }, "More"),
    icon("more"),
  );
  for (const item of items) {
    item.className = "menu-item";
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
    item.addEventListener("click", () => close(false));
  }
  list.append(...items);

  function close(refocus) {
    if (list.hidden) return;
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    closeOpen = () => {};
    if (refocus) button.focus();
  }
  function open(index) {
    closeOpen(false);
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside, true);
    closeOpen = close;
    list.classList.remove("up", "end");
    const room = list.closest(".scroll").getBoundingClientRect();
    const place = list.getBoundingClientRect();
    list.classList.toggle("up", place.bottom > room.bottom);
    list.classList.toggle("end", place.right > room.right);
    items.at(index).focus();
  }
  function outside(event) {
    if (!wrap.contains(event.target)) close(false);
  }
  button.addEventListener("click", () => (list.hidden ? open(0) : close(true)));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open(event.key === "ArrowDown" ? 0 : -1);
  });
  list.addEventListener("keydown", (event) => {
    const here = items.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") event.preventDefault();
      event.stopPropagation();
      close(true);
    }
  });
  const wrap = el("div", { class: "more-wrap" }, button, list);
  return wrap;
}
