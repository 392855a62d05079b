// Making elements. Texts from outside only ever become text nodes, addresses only http(s) links.

const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const STACKED = /(\p{M}{4})\p{M}+/gu;

/** The text without what spoofs or floods: bidi controls, zero-width, stacked accents. */
export function clean(text, most = 4000) {
  const shown = String(text ?? "").slice(0, most * 2).replace(INVISIBLE, "").replace(STACKED, "$1");
  const points = Array.from(shown);
  return points.length > most ? `${points.slice(0, most - 1).join("")}…` : shown;
}

/** An element; children are texts and nodes, empty ones are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child || child === 0));
  return node;
}

/** One of the page's own icons. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "glyph");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** The address when it may be linked to (http or https, no user name in it), or null. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    const plain = url.protocol === "https:" || url.protocol === "http:";
    return plain && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** A link that leaves the page; only its text where the address may not be linked to. */
export function link(address, attributes, ...children) {
  const url = safeUrl(address);
  if (!url) return el("span", attributes, ...children);
  const leaving = { href: url.href, target: "_blank", rel: "noopener noreferrer" };
  return el("a", { ...attributes, ...leaving }, ...children);
}

/** The host for people: "github.com". */
export function hostOf(address) {
  return safeUrl(address)?.hostname.replace(/^www\./, "") ?? "";
}

/** What is remembered in this browser; nothing where storage is forbidden. */
export const memory = {
  get(name) {
    try {
      return localStorage.getItem(`paperwire.${name}`);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`paperwire.${name}`, value);
    } catch {
      // remembered until the page closes, by those who hold the value
    }
  },
};
