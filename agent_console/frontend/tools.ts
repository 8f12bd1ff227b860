// The sheets above the answer's buttons: variables with a preview of the filled words, and quick replies.
import { answerField } from "./answer";

const MISSING = "\u0000";

/** Fills in the variables as the server will (conversations/saved_replies.py). */
export function filledText(area: HTMLTextAreaElement): string {
  const values = JSON.parse(area.dataset["values"] ?? "{}") as Record<string, string>;
  return area.value
    .replace(/\{(name|member|store|workspace)\}/g, (_, name: string) => values[name] || MISSING)
    .replace(/^[ \t]*\0(?:[ \t]*\0)*[ \t]*[,，、:：]?[ \t]*/gm, "")
    .replace(/[ \t]*\0/g, "");
}

/** The size of the answer as its channel counts it: UTF-16 units, or UTF-8 bytes. */
export function sizeOf(text: string, unit: string | undefined): number {
  return unit === "utf8" ? new TextEncoder().encode(text).length : text.length;
}

export function insert(words: string): void {
  const area = answerField();
  if (!area || area.disabled) return;
  area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

export function preview(): void {
  const area = answerField();
  const line = document.querySelector<HTMLElement>("#filled");
  if (!area || !line) return;
  const filled = filledText(area);
  line.hidden = filled === area.value;
  line.textContent = line.hidden ? "" : `${line.dataset["words"]} ${filled}`;
}

function toggle(button: HTMLElement): void {
  const id = button.getAttribute("aria-controls") ?? "";
  for (const sheet of document.querySelectorAll<HTMLElement>(".tool-sheet")) {
    sheet.hidden = sheet.id === id ? !sheet.hidden : true;
  }
  sync();
  const shown = document.getElementById(id);
  if (!shown || shown.hidden) { answerField()?.focus(); return; }
  if (id === "sheet-quick" && !shown.querySelector("input")) addQuick();
  shown.dispatchEvent(new CustomEvent("tessera:sheet", { bubbles: true }));
  shown.querySelector<HTMLElement>("input, button")?.focus();
}

function sync(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-role=tool]")) {
    const sheet = document.getElementById(button.getAttribute("aria-controls") ?? "");
    button.setAttribute("aria-expanded", String(sheet?.hidden === false));
  }
}

function quickFields(): HTMLElement[] { return [...document.querySelectorAll<HTMLElement>(".quick-field")]; }

function addQuick(): void {
  const sheet = document.querySelector<HTMLElement>("#sheet-quick");
  const made = document.querySelector<HTMLTemplateElement>("#quick-field")?.content.cloneNode(true);
  if (!sheet || !made || quickFields().length >= Number(sheet.dataset["most"])) return;
  document.querySelector("#quick-fields")?.append(made);
  quickFields().at(-1)?.querySelector("input")?.focus();
  const add = document.querySelector<HTMLButtonElement>("[data-role=quick-add]");
  if (add) add.disabled = quickFields().length >= Number(sheet.dataset["most"]);
}

function removeQuick(button: HTMLElement): void {
  button.closest(".quick-field")?.remove();
  const add = document.querySelector<HTMLButtonElement>("[data-role=quick-add]");
  if (add) add.disabled = false;
  (quickFields().at(-1)?.querySelector("input") ?? add)?.focus();
}

export function closeSheets(): void {
  for (const sheet of document.querySelectorAll<HTMLElement>(".tool-sheet")) sheet.hidden = true;
  sync();
}

export function startTools(): void {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-role=tool], [data-role=variable], [data-role=quick-add], [data-role=quick-remove]");
    if (!button) return;
    if (button.dataset["role"] === "tool") toggle(button);
    else if (button.dataset["role"] === "variable") { insert(button.dataset["insert"] ?? ""); answerField()?.focus(); }
    else if (button.dataset["role"] === "quick-add") addQuick();
    else removeQuick(button);
  });
  document.addEventListener("keydown", (event) => {
    const sheet = event.target instanceof Element ? event.target.closest<HTMLElement>(".tool-sheet") : null;
    if (!sheet || event.isComposing) return;
    if (event.key === "Escape") { closeSheets(); answerField()?.focus(); event.stopPropagation(); }
    // Enter in a field of a button must not send the answer; it asks for the next one.
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) { event.preventDefault(); if (event.target.name === "quick") addQuick(); }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = (event as CustomEvent<{ elt: Element; successful: boolean }>).detail;
    if (!successful || !(elt instanceof HTMLElement) || elt.dataset["role"] !== "composer") return;
    document.querySelector("#quick-fields")?.replaceChildren();
    closeSheets();
  });
}
