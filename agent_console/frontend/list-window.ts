// The conversation list holds a window of rows, however long it is: at most three pages stand in the document.
// What lies above it is empty height. The window is named by the place it starts after, so new arrivals at the
// top of the list move nothing that is being read.

const PAGE = 50;
const MOST = 150;
const NEAR_PX = 500;
const ROW = "[data-role=conversation]";

interface Start { place: string; first: number }
let starts: Start[] = [{ place: "", first: 0 }];
let rows = PAGE;
let rowHeight = 0;
let kept: { id: string; top: number }[] = [];

const scroller = (): HTMLElement | null => document.querySelector("#list-scroller");
const list = (): HTMLElement | null => document.querySelector("#rows");
const shown = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`#rows ${ROW}`)];
const start = (): Start => starts.at(-1) ?? { place: "", first: 0 };

/** Sets the empty height above the window. */
function above(height: number): void {
  const gap = document.querySelector<HTMLElement>("#list-above");
  if (gap) gap.style.height = `${height}px`;
}

/** Where the rows of the present window come from. */
export function windowAddress(open: string): string | undefined {
  const base = list()?.dataset["url"];
  if (!base) return undefined;
  const { place, first } = start();
  const query = new URLSearchParams({ rows: String(rows), open });
  if (place) { query.set("after", place); query.set("first", String(first)); }
  return `${base}${base.includes("?") ? "&" : "?"}${query}`;
}

/** Goes back to the top, for another choice. */
export function resetWindow(): void {
  starts = [{ place: "", first: 0 }];
  rows = PAGE;
  kept = [];
  const box = scroller();
  above(0);
  if (box) box.scrollTop = 0;
}

/** Remembers which rows are in sight and where, just before they are drawn anew. */
export function keepPlace(): void {
  const box = scroller();
  kept = [];
  if (!box || (box.scrollTop < 8 && starts.length === 1)) return;
  const edge = box.getBoundingClientRect();
  for (const row of shown()) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge.top && top < edge.bottom) kept.push({ id: row.id, top });
  }
}

/** Draws the empty height above the window, and puts the rows in sight back to where they were. */
export function restorePlace(): void {
  const box = scroller();
  if (!box) return;
  const [one, two] = shown();
  if (one && two) rowHeight = two.getBoundingClientRect().top - one.getBoundingClientRect().top;
  above(start().first * rowHeight);
  // Most rows move together; one that has just got a message went away alone.
  const moved = kept
    .map(({ id, top }) => ({ row: document.getElementById(id), top }))
    .flatMap(({ row, top }) => (row ? [row.getBoundingClientRect().top - top] : []))
    .sort((a, b) => a - b);
  const by = moved[Math.floor(moved.length / 2)];
  if (by) box.scrollTop += by;
  kept = [];
}

/** Says whether the window must move, or grow, for what is scrolled to; if so it has. */
export function follow(): boolean {
  const box = scroller();
  const all = shown();
  if (!box || !all.length) return false;
  const deep = starts.length;
  while (starts.length > 1 && start().first * rowHeight > box.scrollTop - NEAR_PX) starts.pop();
  if (starts.length < deep) return true;
  // Until the window asked for stands there, its end is not known.
  const { first, rows: there } = list()?.dataset ?? {};
  if (first !== String(start().first) || there !== String(rows)) return false;
  const below = all.at(-1)!.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
  if (below > NEAR_PX || list()?.dataset["more"] !== "true") return false;
  if (rows < MOST) { rows += PAGE; return true; }
  const place = all[PAGE - 1]?.dataset["place"];
  if (!place) return false;
  starts.push({ place, first: start().first + PAGE });
  return true;
}

/** Moves the focus along the rows; returns the row that has it now. */
export function step(key: string): HTMLElement | undefined {
  const all = shown();
  const here = all.findIndex((row) => row === document.activeElement);
  if (here < 0) return undefined;
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[key];
  const row = to === undefined ? undefined : all[to];
  row?.focus();
  return row;
}
