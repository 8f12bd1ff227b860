// The pictures of the thread in a dialog of their own: arrows lead through them, plus and minus zoom, Esc closes.
// Without this script a picture opens in a tab of its own.

const LINK = "a[data-role=picture]";
const MOST_ZOOM = 4;
let shown = "";
let opener = "";

const dialog = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#viewer");
const links = (): HTMLAnchorElement[] => [...document.querySelectorAll<HTMLAnchorElement>(`#messages ${LINK}`)];
const within = <E extends HTMLElement>(role: string): E | null => document.querySelector<E>(`#viewer [data-role=${role}]`);

/** Shows one picture; the thread may have been drawn anew since, so its links are looked up each time. */
function show(link: HTMLAnchorElement): void {
  const all = links();
  const place = all.indexOf(link);
  const picture = document.querySelector<HTMLImageElement>("#viewer-picture");
  const box = dialog();
  if (!picture || !box) return;
  shown = link.id;
  zoom(-MOST_ZOOM);
  picture.src = link.href;
  picture.alt = link.querySelector("img")?.alt ?? "";
  const about = document.querySelector("#viewer-about");
  if (about) about.textContent = [link.dataset["name"], link.dataset["about"]].filter(Boolean).join(" · ");
  const count = within("viewer-count");
  if (count) count.textContent = `${place + 1} / ${all.length}`;
  const download = within<HTMLAnchorElement>("viewer-download");
  if (download) { download.href = link.href; download.toggleAttribute("hidden", !("own" in link.dataset)); }
  within("viewer-before")?.toggleAttribute("disabled", place <= 0);
  within("viewer-after")?.toggleAttribute("disabled", place >= all.length - 1);
}

function step(by: number): void {
  const all = links();
  const next = all[all.findIndex((one) => one.id === shown) + by];
  if (!next) return;
  show(next);
  // A button that has just been switched off would take the keyboard with it.
  if (document.activeElement?.matches(":disabled")) document.querySelector<HTMLElement>(".viewer-stage")?.focus();
}

function zoom(by: number): void {
  const box = dialog();
  if (!box) return;
  const level = Math.min(MOST_ZOOM, Math.max(0, Number(box.dataset["zoom"]) + by));
  box.dataset["zoom"] = String(level);
  within("viewer-out")?.toggleAttribute("disabled", level === 0);
  within("viewer-in")?.toggleAttribute("disabled", level === MOST_ZOOM);
}

function open(link: HTMLAnchorElement): void {
  opener = link.id;
  show(link);
  dialog()?.showModal();
  document.querySelector<HTMLElement>(".viewer-stage")?.focus();
}

const ACTS: Record<string, () => void> = {
  "viewer-before": () => step(-1),
  "viewer-after": () => step(1),
  "viewer-in": () => zoom(1),
  "viewer-out": () => zoom(-1),
  "viewer-close": () => dialog()?.close(),
};
const KEYS: Record<string, () => void> = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1),
  "0": () => zoom(-MOST_ZOOM),
};

function clicked(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target : null;
  const link = target?.closest<HTMLAnchorElement>(LINK);
  if (link && dialog() && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(link); return; }
  if (!target?.closest("#viewer")) return;
  // Beside the picture, as everywhere else, is outside.
  if (target.matches(".viewer-stage") && dialog()?.dataset["zoom"] === "0") { dialog()?.close(); return; }
  const role = target.closest<HTMLElement>("[data-role]")?.dataset["role"] ?? "";
  ACTS[role]?.();
}

/** A story's picture lives at the platform, which ends it when it likes: the words below it stay. */
function hideLost(): void {
  for (const one of document.querySelectorAll<HTMLImageElement>("img[data-passing]")) {
    one.hidden = one.complete && one.naturalWidth === 0;
  }
}

export function startViewer(): void {
  const box = dialog();
  document.addEventListener("click", clicked);
  document.addEventListener("error", (event) => {
    if (!(event.target instanceof HTMLImageElement)) return;
    hideLost();
    if (event.target.id === "viewer-picture") event.target.alt = event.target.dataset["failed"] ?? "";
  }, true);
  for (const name of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.addEventListener(name, hideLost);
  hideLost();
  if (!box) return;
  box.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    // Once enlarged, the arrows move over the picture.
    const panning = event.key.startsWith("Arrow") && box.dataset["zoom"] !== "0";
    if (act && !panning) { event.preventDefault(); act(); }
    event.stopPropagation();
  });
  box.addEventListener("close", () => {
    document.getElementById(opener)?.focus();
    document.querySelector("#viewer-picture")?.removeAttribute("src");
  });
}
