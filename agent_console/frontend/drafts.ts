// Drafts: kept on the server while one types, so that any device goes on where another stopped. What the server
// has not confirmed yet stays in this tab, through a lost network and a new sign-in.
import { request } from "./request";
import { toast } from "./toasts";

const SOON_MS = 700;
const AGAIN_MS = 5000;
// A page asked for before a save may come after it, without what was saved.
const LATE_MS = 10_000;
interface Writing { form: string; text: string; place: number }

const unsaved = new Map<string, Writing>();
const saved = new Map<string, { text: string; at: number }>();
let place = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let saving = false;
let shown: HTMLTextAreaElement | null = null;

const chatOf = (area: HTMLTextAreaElement): string => area.form?.dataset["conversation"] ?? "";
const formOf = (area: HTMLTextAreaElement): string => area.form?.querySelector<HTMLInputElement>("#form-id")?.value ?? "";
const keyOf = (chat: string): string => `draft:${chat}`;

function post(chat: string, writing: Writing): Promise<Response> {
  const body = new FormData();
  body.set("form_id", writing.form);
  body.set("place", String(writing.place));
  body.set("text", writing.text);
  // Kept alive: it arrives even when the page has gone meanwhile.
  return request(`/console/inbox/${chat}/draft`, { method: "POST", body, keepalive: true });
}

function forget(chat: string): void {
  unsaved.delete(chat);
  sessionStorage.removeItem(keyOf(chat));
}

async function save(chat: string, writing: Writing): Promise<void> {
  const answer = await post(chat, writing);
  // Typed on meanwhile: that is saved next.
  if (unsaved.get(chat) !== writing) return;
  if (answer.ok) { forget(chat); saved.set(chat, { text: writing.text, at: performance.now() }); }
  else if (answer.status === 422) { unsaved.delete(chat); toast(await answer.text()); }
  else if (answer.status < 500 && answer.status !== 401) forget(chat);
}

/** Saves one after the other, so that nothing overtakes; what fails is tried again. */
async function flush(): Promise<void> {
  clearTimeout(timer);
  if (saving) return;
  saving = true;
  try { for (const [chat, writing] of [...unsaved]) await save(chat, writing); } catch { /* away: tried again below */ } finally {
    saving = false;
    if (unsaved.size) timer = setTimeout(() => void flush(), AGAIN_MS);
  }
}

/** Keeps what stands in the composer: soon, or not at all once it has been sent. */
export function keepDraft(area: HTMLTextAreaElement, sent = false): void {
  const chat = chatOf(area);
  if (!chat) return;
  if (sent && !area.value) { forget(chat); saved.delete(chat); return; }
  place += 1;
  unsaved.set(chat, { form: formOf(area), text: area.value, place });
  sessionStorage.setItem(keyOf(chat), area.value);
  clearTimeout(timer);
  timer = setTimeout(() => void flush(), SOON_MS);
}

/** Puts what the server does not have yet into a composer that has just been opened. */
export function restoreDraft(area: HTMLTextAreaElement | null): void {
  if (!area || area === shown) return;
  shown = area;
  const chat = chatOf(area), last = saved.get(chat);
  const kept = sessionStorage.getItem(keyOf(chat)) ?? (last && performance.now() - last.at < LATE_MS ? last.text : null);
  if (kept === null || kept === area.value) return;
  area.value = kept;
  keepDraft(area);
}

/** The page goes: what is not saved yet is sent along, whatever is on its way. */
function leave(): void {
  for (const [chat, writing] of unsaved) void post(chat, writing).catch(() => undefined);
}

export function startDrafts(): void {
  addEventListener("pagehide", leave);
  addEventListener("online", () => void flush());
  document.addEventListener("visibilitychange", () => { if (document.hidden) void flush(); });
}
