// The emoji picker: searched in English and Chinese, walked by the arrow keys, the recent ones first. Its data comes
// with the first opening.
import { insert } from "./tools";

type Row = [string, number, string, string, string];
const RECENT = "emoji";
const MOST_RECENT = 18;
const MOST_FOUND = 160;
let rows: Row[] | undefined;

const sheet = (): HTMLElement | null => document.querySelector<HTMLElement>("#sheet-emoji");
const grid = (): HTMLElement | null => document.querySelector<HTMLElement>("#emoji-grid");
const cells = (): HTMLButtonElement[] => [...document.querySelectorAll<HTMLButtonElement>("#emoji-grid button")];

function recent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string").slice(0, MOST_RECENT) : [];
  } catch { return []; }
}

function remember(chosen: string): void {
  try { localStorage.setItem(RECENT, JSON.stringify([chosen, ...recent().filter((one) => one !== chosen)].slice(0, MOST_RECENT))); } catch { /* full or forbidden: nothing is remembered */ }
}

function cell([character, , english, chinese]: Row): HTMLButtonElement {
  const made = document.createElement("button");
  const name = document.documentElement.lang.startsWith("zh") ? chinese : english;
  made.type = "button";
  made.className = "emoji";
  made.textContent = character;
  made.title = name;
  made.setAttribute("aria-label", name);
  made.tabIndex = -1;
  return made;
}

function draw(): void {
  const list = grid();
  const here = sheet();
  if (!list || !here || !rows) return;
  const sought = (here.querySelector<HTMLInputElement>("input")?.value ?? "").trim().toLowerCase().split(/\s+/).filter(Boolean);
  const group = Number(here.querySelector<HTMLElement>("[data-role=emoji-group][aria-pressed=true]")?.dataset["group"] ?? -1);
  let shown: Row[];
  if (sought.length > 0) shown = rows.filter((row) => sought.every((word) => row[4].includes(word))).slice(0, MOST_FOUND);
  else if (group >= 0) shown = rows.filter((row) => row[1] === group);
  else {
    const used = recent();
    const known = new Map(rows.map((row) => [row[0], row]));
    const first = used.map((one) => known.get(one)).filter((one): one is Row => one !== undefined);
    shown = [...first, ...rows.filter((row) => row[1] === 0 && !used.includes(row[0]))].slice(0, MOST_FOUND);
  }
  list.replaceChildren(...shown.map(cell));
  const first = cells()[0];
  if (first) first.tabIndex = 0;
  const none = here.querySelector<HTMLElement>(".emoji-none");
  if (none) none.hidden = shown.length > 0;
}

async function openSheet(): Promise<void> {
  if (!rows) {
    try { rows = (await import("virtual:emoji")).default; } catch { /* away: opened again, it is asked for again */ return; }
  }
  draw();
}

function columns(all: HTMLElement[]): number {
  const top = all[0]?.offsetTop;
  const next = all.findIndex((one) => one.offsetTop !== top);
  return next > 0 ? next : Math.max(all.length, 1);
}

function walk(event: KeyboardEvent): void {
  const all = cells();
  const at = all.indexOf(event.target as HTMLButtonElement);
  const wide = columns(all);
  const search = sheet()?.querySelector("input");
  if (event.target === search && event.key === "ArrowDown") { event.preventDefault(); all[0]?.focus(); return; }
  if (event.target === search && event.key === "Enter") { event.preventDefault(); all[0]?.click(); return; }
  if (at < 0) return;
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide, Home: -at, End: all.length - 1 - at };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const to = all[at + step];
  if (!to && event.key === "ArrowUp") { search?.focus(); return; }
  if (!to) return;
  const from = all[at];
  if (from) from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

export function startEmoji(): void {
  document.addEventListener("tessera:sheet", (event) => { if (event.target === sheet()) void openSheet(); });
  document.addEventListener("input", (event) => { if (event.target instanceof HTMLInputElement && event.target.id === "emoji-search") draw(); });
  document.addEventListener("keydown", (event) => {
    if (!event.isComposing && event.target instanceof Element && event.target.closest("#sheet-emoji")) walk(event);
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const group = target?.closest<HTMLElement>("[data-role=emoji-group]");
    const chosen = target?.closest<HTMLButtonElement>("#emoji-grid button");
    if (group) {
      for (const one of document.querySelectorAll("[data-role=emoji-group]")) one.setAttribute("aria-pressed", String(one === group));
      const search = sheet()?.querySelector<HTMLInputElement>("input");
      if (search) search.value = "";
      draw();
    }
    // The sheet stays open: people put several in a row.
    if (chosen?.textContent) { insert(chosen.textContent); remember(chosen.textContent); }
  });
}
