// Talking to the server: JSON calls, and the stream of what is posted.

export class Trouble extends Error {}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("paperwire cannot be reached. Is it still running?");
  }
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  if (response.status === 401) location.reload(); // the login form takes over
  throw new Trouble(body?.error ?? `paperwire answered ${response.status}.`);
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

const HIDDEN_MS = 5 * 60 * 1000;
const POLL_MS = 30 * 1000;
const at = (channel, what) => `/api/channels/${encodeURIComponent(channel)}/${what}`;

export const channels = () => call("/api/channels");
export const createChannel = (name) => post("/api/channels", { name });
export const status = () => call("/api/status");
export const newest = (channel, count) => call(at(channel, `messages?newest=${count}`));

export function complete(channel, text, signal) {
  return call(`/api/complete?${new URLSearchParams({ channel, text })}`, { signal });
}

export function run(channel, text) {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return post(at(channel, "commands"), { text, timezone });
}

/**
 * Follow a channel from a message on. `onMessage` gets each message, `onState` true or false as
 * the connection comes and goes. The browser comes back by itself and misses nothing; where it
 * gives up (the server answered with an error), we try again, ever slower. A page hidden for long
 * asks now and then instead: browsers hold six connections to a host, and each stream is one.
 * Returns what ends it.
 */
export function follow(channel, after, onMessage, onState) {
  let source;
  let timer;
  let failures = 0;
  let last = after ?? "0";
  let ended = false;
  const stop = () => {
    clearTimeout(timer);
    source?.close();
  };
  const open = () => {
    stop();
    source = new EventSource(at(channel, `events?after=${encodeURIComponent(last)}`));
    source.onopen = () => {
      failures = 0;
      onState(true);
    };
    source.onmessage = (event) => {
      last = event.lastEventId || last;
      onMessage(JSON.parse(event.data));
    };
    source.onerror = () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED || ended) return;
      failures += 1;
      timer = setTimeout(open, Math.min(15000, 1000 * 2 ** failures));
    };
  };
  const poll = async () => {
    stop();
    const found = await call(at(channel, `messages?after=${encodeURIComponent(last)}`)).catch(() => []);
    if (ended || !document.hidden) return;
    for (const message of found) {
      last = message.id;
      onMessage(message);
    }
    timer = setTimeout(poll, POLL_MS);
  };
  let hiding;
  const look = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(poll, HIDDEN_MS);
    else if (source.readyState !== EventSource.OPEN) open();
  };
  window.addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  open();
  return () => {
    ended = true;
    clearTimeout(hiding);
    stop();
    window.removeEventListener("online", look);
    document.removeEventListener("visibilitychange", look);
  };
}
