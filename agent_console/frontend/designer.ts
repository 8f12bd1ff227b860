// The coupon designer: fields that depend on others, the phone that follows what is typed, and counters.
import { fetchParts } from "./htmx";
import { showTab, startPhone } from "./designer-phone";
import { startPictures } from "./designer-pictures";
import { toast } from "./toasts";

const PAUSE_MS = 300;
let timer = 0;
let dirty = false;
let asked = 0;

const form = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("form[data-role=designer]");

function valueOf(root: HTMLFormElement, name: string): string {
  const found = root.elements.namedItem(name);
  return found instanceof RadioNodeList || found instanceof HTMLInputElement || found instanceof HTMLSelectElement ? found.value : "";
}

/** Shows what its condition (`data-when="purpose=sales,service"`) allows. */
function depend(root: HTMLFormElement): void {
  for (const part of root.querySelectorAll<HTMLElement>("[data-when]")) {
    const [name = "", wanted = ""] = (part.dataset["when"] ?? "").split("=");
    part.hidden = !wanted.split(",").includes(valueOf(root, name));
  }
}

/** People count characters, not the halves a script's strings are made of. */
function count(root: HTMLFormElement): void {
  for (const line of root.querySelectorAll<HTMLElement>("[data-counter]")) {
    const area = root.elements.namedItem(line.dataset["counter"] ?? "");
    if (!(area instanceof HTMLTextAreaElement)) continue;
    const length = [...area.value.trim()].length;
    const out = line.querySelector("[data-count]");
    if (out) out.textContent = String(length);
    line.classList.toggle("over", length > Number(area.dataset["most"]));
  }
}

async function refresh(root: HTMLFormElement): Promise<void> {
  const mine = ++asked;
  const body = new URLSearchParams([...new FormData(root)].map(([name, value]) => [name, String(value)]));
  await fetchParts("/console/coupons/preview", { method: "POST", body }, () => mine === asked);
  showUnsaved();
  showTab(root);
}

function showUnsaved(): void {
  const mark = document.querySelector<HTMLElement>("[data-role=unsaved]");
  if (mark) mark.hidden = !dirty;
}

function follow(event: Event): void {
  const root = form();
  if (!root || !(event.target instanceof Element) || !root.contains(event.target)) return;
  dirty = true;
  depend(root);
  count(root);
  showUnsaved();
  window.clearTimeout(timer);
  timer = window.setTimeout(() => { void refresh(root).catch(() => toast("…")); }, PAUSE_MS);
}

/** A colour picked is a colour typed, and the other way round. */
function matchSwatch(target: EventTarget | null): void {
  if (!(target instanceof HTMLInputElement)) return;
  const other = target.dataset["role"] === "swatch"
    ? document.getElementById(target.dataset["for"] ?? "")
    : document.querySelector(`[data-role=swatch][data-for="${CSS.escape(target.id)}"]`);
  if (!(other instanceof HTMLInputElement)) return;
  if (other.type !== "color" || /^#[0-9a-f]{6}$/i.test(target.value)) other.value = target.value.toUpperCase();
}

/** A link to a field brings the cursor there, even where the field is folded away. */
function jump(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href^='#f-']") : null;
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
}

export function startDesigner(): void {
  const root = form();
  if (!root) return;
  depend(root);
  count(root);
  startPhone(root);
  startPictures(root);
  document.addEventListener("input", (event) => { matchSwatch(event.target); follow(event); });
  document.addEventListener("change", follow);
  document.addEventListener("click", jump);
  root.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  document.querySelector<HTMLElement>("[data-role=summary]")?.focus();
  dirty = document.querySelector("[data-role=summary], [data-role=overtaken]") !== null;
  showUnsaved();
}
