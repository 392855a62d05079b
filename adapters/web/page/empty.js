// What a newcomer reads in a channel where nothing was posted yet.

import { el } from "./dom.js";

const EXAMPLES = [
  ['/papers subscribe "diffusion model"', "a phrase"],
  ['/papers subscribe cat:cs.CL (RAG OR "retrieval augmented")', "a category, and one of two"],
  ['/papers subscribe au:"Kaiming He"', "an author"],
];
const LOOKS = [
  ["Newest papers", "/papers latest"],
  ["Play the sample day", "/papers sample"],
  ["How queries are written", "/papers help queries"],
];

export function fillEmpty(acts) {
  document.getElementById("empty").replaceChildren(
    el("h2", { id: "empty-title" }, "Which papers should come here?"),
    el("p", {}, "Say what you follow, and new papers that match it are posted in this channel as they are announced. Take an example and change it:"),
    el(
      "ul",
      { class: "examples" },
      EXAMPLES.map(([command, what]) =>
        el("li", {}, el("button", { type: "button", class: "example", click: () => acts.fill(command) }, el("code", {}, command), el("span", {}, what))),
      ),
    ),
    el("p", {}, "Or look around first:"),
    el("div", { class: "actions" }, LOOKS.map(([label, command]) => el("button", { type: "button", class: "button", click: () => acts.run(command) }, label))),
  );
}
