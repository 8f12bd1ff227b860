// The time left to answer, by the second in its last hour, and what it turns into once it is over.
import { fetchParts } from "./htmx";

const HOUR_S = 3600;
interface Seen { told: string; at: number; over: boolean }
const seen = new WeakMap<Element, Seen>();

function left(element: HTMLElement): number {
  const told = element.dataset["countdown"] ?? "0";
  let known = seen.get(element);
  // Told anew by the server: the clock of this machine only measures what passes in between.
  if (!known || known.told !== told) { known = { told, at: performance.now(), over: false }; seen.set(element, known); }
  return Math.ceil(Number(told) - (performance.now() - known.at) / 1000);
}

function tick(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-countdown]")) {
    const seconds = left(element);
    if (seconds < HOUR_S) {
      const whole = Math.max(seconds, 0);
      element.textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    }
    const known = seen.get(element);
    const open = document.querySelector<HTMLElement>("#conversation")?.dataset["conversation"];
    if (seconds > 0 || !known || known.over || !open) continue;
    known.over = true;
    void fetchParts(`/console/inbox/${open}/window`).catch(() => undefined);
  }
}

/** Asks for the templates once they are what can be sent, and again after one was sent. */
function want(): void {
  const body = document.querySelector<HTMLElement>("#template-body");
  const wanted = document.querySelector<HTMLElement>("#window")?.dataset["templates"] === "true";
  if (!body || !wanted || (body.dataset["asked"] && body.childElementCount > 0)) return;
  body.dataset["asked"] = "true";
  body.append(document.createElement("p"));
  body.dispatchEvent(new CustomEvent("wanted"));
}

/** What the customer will read, while the variables of a template are filled in. */
function preview(form: HTMLElement): void {
  const shown = form.querySelector<HTMLElement>("[data-role=template-preview]");
  if (!shown) return;
  const values = new Map([...form.querySelectorAll<HTMLInputElement>("[data-slot]")].map((field) => [field.dataset["slot"] ?? "", field.value.trim()]));
  shown.textContent = (shown.dataset["body"] ?? "").replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values.get(name) || whole);
}

export function startWindow(): void {
  const look = (): void => { tick(); want(); };
  setInterval(look, 1000);
  look();
  document.addEventListener("htmx:oobAfterSwap", look);
  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-role=template-form]") : null;
    if (form) preview(form);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    look();
    const form = event.target instanceof Element ? event.target.querySelector<HTMLElement>("[data-role=template-form]") : null;
    if (!form) return;
    preview(form);
    (form.querySelector<HTMLElement>("[aria-invalid=true]") ?? form.querySelector<HTMLElement>("[data-slot]"))?.focus();
  });
}
