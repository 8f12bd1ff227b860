// New messages are told while no page of the console is in sight: by one of the browser's tabs, once, with a sound.
// Permission is asked for by nothing but the switch. The title counts what is unread.
import { request } from "./request";
import { after, type Change } from "./stream";
import { toast } from "./toasts";

const SEEN = "tessera-in-sight";
const TELLING = "tessera-telling";
const LAST = "tessera-told";
const SOON_MS = 1000;
interface Notice { conversation: string; title: string; body: string }
interface News { message: string; cursor: string }

const choice = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-role=notify-switch]");
const able = (): boolean => "Notification" in window && "locks" in navigator;
let news: News[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let release: (() => void) | undefined;

/** A page in sight holds a lock that all share: whoever is hidden can ask whether there is one. */
function holdSight(): void {
  release?.();
  release = undefined;
  if (document.hidden || !able()) return;
  void navigator.locks.request(SEEN, { mode: "shared" }, () => (document.hidden ? undefined : new Promise<void>((done) => { release = done; })));
}

async function inSight(): Promise<boolean> {
  const { held } = await navigator.locks.query();
  return held?.some((lock) => lock.name === SEEN) ?? false;
}

/** Two soft tones, made here. */
function ring(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
    for (const [pitch, start] of [[660, 0], [880, 0.14]] as const) {
      const tone = audio.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(volume);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + 0.5);
      tone.onended = () => { if (pitch === 880) void audio.close(); };
    }
  } catch { /* no sound here */ }
}

function show(one: Notice): void {
  if (Notification.permission !== "granted") return;
  try {
    const shown = new Notification(one.title, { body: one.body, tag: one.conversation });
    shown.onclick = () => { window.focus(); shown.close(); location.assign(`/console/inbox/${one.conversation}`); };
  } catch { /* some phones show none from a page */ }
}

/** Tells what no other tab has told: the last place told is kept for all of them. */
async function tell(): Promise<void> {
  const mine = news;
  news = [];
  if (await inSight()) return;
  await navigator.locks.request(TELLING, async () => {
    const last = localStorage.getItem(LAST) ?? "";
    const fresh = mine.filter((one) => after(one.cursor, last));
    const end = fresh.at(-1);
    if (!end) return;
    localStorage.setItem(LAST, end.cursor);
    const query = new URLSearchParams(fresh.slice(-50).map((one) => ["message", one.message]));
    const answer = await request(`/console/notices?${query}`);
    if (!answer.ok) return;
    const { notices } = (await answer.json()) as { notices: Notice[] };
    notices.slice(-3).forEach(show);
    if (notices.length && choice()?.dataset["sound"] === "true") ring();
  }).catch(() => undefined);
}

/** Takes in a change of the live feed. */
export function noticeOf(change: Change, cursor: string): void {
  const message = change.detail["message"];
  if (change.kind !== "message" || typeof message !== "string" || choice()?.dataset["on"] !== "true" || !document.hidden || !able()) return;
  news.push({ message, cursor });
  clearTimeout(timer);
  timer = setTimeout(() => void tell().catch(() => undefined), SOON_MS);
}

/** Puts the number of unread conversations before the title, whatever the title is now. */
function countInTitle(): void {
  const count = Number(document.querySelector<HTMLElement>("#unread-count")?.dataset["count"] ?? 0);
  const plain = document.title.replace(/^\(\d+\+?\) /, "");
  const wanted = count > 0 ? `(${count < 100 ? count : "99+"}) ${plain}` : plain;
  if (document.title !== wanted) document.title = wanted;
}

/** Asks whether notifications may be shown; says so when they may not. */
async function ask(): Promise<void> {
  if (!able()) { toast(choice()?.dataset["insecure"] ?? ""); return; }
  if ((await Notification.requestPermission()) === "denied") toast(choice()?.dataset["denied"] ?? "");
}

export function startNotices(): void {
  if (!choice()) return;
  holdSight();
  document.addEventListener("visibilitychange", holdSight);
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const tick = target?.closest<HTMLInputElement>("[data-role=notify-tick]");
    if (target?.closest("[data-role=notify-switch] button[value=on]") || tick?.checked) void ask();
  });
  for (const name of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.addEventListener(name, countInTitle);
  const title = document.querySelector("title");
  if (title) new MutationObserver(countInTitle).observe(title, { childList: true, characterData: true, subtree: true });
}
