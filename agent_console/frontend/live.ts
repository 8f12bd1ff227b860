// Follows the live feed: through a SharedWorker, else one elected tab, else a stream of this page alone.
import { signingOut } from "./forget";
import { noticeOf } from "./notices";
import { loadPresence, showPresent } from "./presence";
import { refreshAll, refreshFor } from "./refresh";
import { after, Stream, type Word } from "./stream";

const LOCK = "tessera-live";

export function startLive(): void {
  const url = document.body.dataset["live"];
  const cursor = document.body.dataset["cursor"];
  if (!url || !cursor) return;
  const listen = receiver(cursor);
  const wake = viaWorker(url, cursor, listen) ?? viaElectedTab(url, cursor, listen) ?? viaPage(url, cursor, listen);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
}

/** Shows the state and asks for what changed; the first word tells whether this page is behind the stream. */
function receiver(pageCursor: string): (word: Word) => void {
  let known = false;
  return (word) => {
    if (word.type === "change") { noticeOf(word.change, word.cursor); return refreshFor(word.change); }
    if (word.type === "presence") return showPresent(word.present);
    if (word.type === "reset") return refreshAll();
    if (word.state === "ended") return leave();
    show(word.state);
    if (word.state === "live") {
      void loadPresence();
      if (!known && after(word.cursor, pageCursor)) refreshAll();
      known = true;
    }
  };
}

function show(state: string): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-role=live-state]")) element.dataset["state"] = state;
}

/** The session is over (signed out elsewhere, or the role changed): let the server say what is next. */
function leave(): void {
  if (!signingOut) location.reload();
}

function viaWorker(url: string, cursor: string, listen: (word: Word) => void): (() => void) | undefined {
  if (typeof SharedWorker === "undefined") return undefined;
  try {
    const worker = new SharedWorker(new URL("./live-worker.ts", import.meta.url), { type: "module", name: LOCK });
    worker.port.onmessage = (event: MessageEvent<Word>) => listen(event.data);
    worker.port.start();
    worker.port.postMessage({ type: "hello", url, cursor });
    addEventListener("pagehide", () => worker.port.postMessage({ type: "bye" }));
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    return () => worker.port.postMessage({ type: "wake" });
  } catch {
    return undefined;
  }
}

/** The tab that holds the lock streams and repeats every word to the others; when it closes the next one takes over. */
function viaElectedTab(url: string, cursor: string, listen: (word: Word) => void): (() => void) | undefined {
  if (typeof BroadcastChannel === "undefined" || !("locks" in navigator)) return undefined;
  const channel = new BroadcastChannel(LOCK);
  let stream: Stream | undefined;
  let last = cursor;
  channel.onmessage = (event: MessageEvent<Word | { type: "ask" }>) => {
    if (event.data.type === "ask") {
      if (stream) channel.postMessage({ type: "state", state: stream.state, cursor: stream.cursor } satisfies Word);
      return;
    }
    last = event.data.cursor;
    listen(event.data);
  };
  void navigator.locks.request(LOCK, () => new Promise<void>(() => {
    stream = new Stream(url, last, (word) => { listen(word); channel.postMessage(word); });
  }));
  channel.postMessage({ type: "ask" });
  return () => stream?.retryNow();
}

function viaPage(url: string, cursor: string, listen: (word: Word) => void): () => void {
  const stream = new Stream(url, cursor, listen);
  return () => stream.retryNow();
}
