// The banner under the bar: said when no source can be reached, or when the program cannot work.

import { clean, el } from "./dom.js";

const UNREACHED = "No source can be reached right now; paperwire keeps trying. Until then, there is a built-in sample day.";

/** Show what the status says, or nothing. `playSample` runs the built-in sample day. */
export function showBanner(status, playSample) {
  const banner = document.getElementById("banner");
  const unreached = !status.trouble && !status.reachable;
  const sentence = unreached ? UNREACHED : clean(status.trouble, 300);
  if (banner.dataset.sentence === sentence) return; // nothing to read aloud again
  banner.dataset.sentence = sentence;
  if (!sentence) return banner.replaceChildren();
  const reasons = status.sources.map((source) => clean(source.reason, 200)).filter(Boolean).join(" ");
  const why = unreached && reasons ? el("p", { class: "banner-why", dir: "auto" }, reasons) : null;
  const offer = unreached ? [el("button", { type: "button", class: "button", click: playSample }, "Play the sample day")] : [];
  banner.replaceChildren(el("div", { class: "banner-text" }, el("p", {}, sentence), why), ...offer);
}
