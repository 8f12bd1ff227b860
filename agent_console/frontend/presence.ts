// Who else is here: this page says what it shows and whether one writes; colleagues show in the head, in the list
// and above the composer. Who says nothing any more is gone once their time is over.
import { request } from "./request";
import { openConversation } from "./refresh";
import type { Present } from "./stream";

type State = Present["state"];
const TICK_MS = 1000;
const STAY_MS = 1000;
const RENEW_MS: Record<State, number> = { looking: 25_000, writing: 8_000, gone: Infinity };
const WRITES_MS = 6000;
const AWAY_MS = 5 * 60_000;
const PAGE = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 12)}`;

// What this page has said last, and what it sees one do.
let told: { chat: string; state: State; at: number } | undefined;
let opened = { chat: "", at: 0 };
let typedAt = -Infinity;
let movedAt = 0;

const others = new Map<string, Present & { until: number }>();
let drawn = "";

function say(chat: string, state: State): void {
  const body = new FormData();
  body.set("state", state);
  body.set("page", PAGE);
  request(`/console/inbox/${chat}/presence`, { method: "POST", body, keepalive: true }).catch(() => undefined);
}

/** What is to be said now: nothing while nobody looks, or while one only passes by. */
function wanted(now: number): { chat: string; state: State } | undefined {
  const chat = openConversation();
  if (chat !== opened.chat) opened = { chat: chat ?? "", at: now };
  if (!chat || document.hidden || now - movedAt > AWAY_MS) return undefined;
  if (now - typedAt < WRITES_MS) return { chat, state: "writing" };
  return told?.chat === chat || now - opened.at >= STAY_MS ? { chat, state: "looking" } : undefined;
}

function tell(): void {
  const now = performance.now();
  const next = wanted(now);
  if (told && told.chat !== next?.chat) { say(told.chat, "gone"); told = undefined; }
  if (!next || (told && told.state === next.state && now - told.at < RENEW_MS[next.state])) return;
  told = { ...next, at: now };
  say(next.chat, next.state);
}

const sentence = (one: Present, form: string): string =>
  (document.querySelector<HTMLElement>("#presence")?.dataset[form] ?? "").replace("{who}", one.name);

/** An icon with the name, or with the whole sentence; a screen reader is always told the sentence. */
function mark(one: Present, whole: boolean): Element | undefined {
  const template = document.querySelector<HTMLTemplateElement>(`#presence-${one.state}`);
  const made = template?.content.firstElementChild?.cloneNode(true);
  if (!(made instanceof HTMLElement)) return undefined;
  const [name, said] = [document.createElement("span"), document.createElement("span")];
  name.ariaHidden = "true";
  name.className = "here-name";
  name.textContent = whole ? sentence(one, one.state) : one.name;
  said.className = "visually-hidden";
  said.textContent = sentence(one, one.state);
  made.append(name, said);
  made.title = said.textContent;
  return made;
}

function fill(holder: Element, here: Present[], whole: boolean): void {
  holder.replaceChildren(...here.flatMap((one) => {
    const made = mark(one, whole);
    return made ? [made] : [];
  }));
}

/** Draws everybody who is here; nothing is touched when it stands there already. */
function draw(again: boolean): void {
  const now = performance.now();
  for (const [key, one] of others) if (one.until <= now) others.delete(key);
  const here = [...others.values()];
  const state = JSON.stringify([openConversation(), here.map((one) => [one.conversation, one.name, one.state])]);
  if (state === drawn && !again) return;
  drawn = state;
  for (const holder of document.querySelectorAll<HTMLElement>("[data-present]")) {
    fill(holder, here.filter((one) => one.conversation === holder.dataset["present"]), holder.dataset["whole"] === "true");
  }
  const writers = here.filter((one) => one.conversation === openConversation() && one.state === "writing");
  const warning = document.querySelector<HTMLElement>("#others-write");
  const words = writers.map((one) => sentence(one, "answers")).join(" ");
  if (warning && warning.textContent !== words) warning.textContent = words;
}

export function showPresent(one: Present): void {
  const key = `${one.conversation}:${one.member}`;
  if (one.state === "gone") others.delete(key);
  else others.set(key, { ...one, until: performance.now() + one.left * 1000 });
  draw(false);
}

/** Asks for everybody, whenever the stream begins anew: what was said meanwhile was not heard. */
export async function loadPresence(): Promise<void> {
  if (!document.querySelector("#presence")) return;
  try {
    const answer = await request("/console/presence");
    if (!answer.ok) return;
    const { present } = (await answer.json()) as { present: Present[] };
    others.clear();
    present.forEach(showPresent);
    draw(true);
  } catch { /* away: asked again when the stream is back */ }
}

export function startPresence(): void {
  if (!document.querySelector("#presence")) return;
  movedAt = performance.now();
  for (const kind of ["pointermove", "pointerdown", "keydown", "scroll"]) {
    addEventListener(kind, () => { movedAt = performance.now(); }, { capture: true, passive: true });
  }
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLTextAreaElement) || event.target.name !== "text") return;
    typedAt = event.target.value ? performance.now() : -Infinity;
    tell();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt } = (event as CustomEvent<{ elt: Element }>).detail;
    if (elt instanceof HTMLElement && elt.dataset["role"] === "composer") { typedAt = -Infinity; tell(); }
  });
  document.addEventListener("visibilitychange", tell);
  addEventListener("pagehide", () => { if (told) say(told.chat, "gone"); told = undefined; });
  document.addEventListener("htmx:afterSettle", () => { tell(); draw(true); });
  document.addEventListener("htmx:oobAfterSwap", () => draw(true));
  setInterval(() => { tell(); draw(false); }, TICK_MS);
}
