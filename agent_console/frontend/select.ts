// Selecting rows of the conversation list, and acting on all of them; what is selected outlives scrolling.

const MOST = 100;
const picked = new Set<string>();
let on = false;

const form = (): HTMLFormElement | null => document.querySelector("form[data-role=bulk]");
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>("#rows [data-role=pick]")];

/** Rows come and go as the list is drawn anew: their boxes follow what is selected. */
function show(): void {
  const bulk = form();
  const button = document.querySelector<HTMLElement>("[data-role=select]");
  if (!bulk || !button) return;
  bulk.hidden = !on;
  button.hidden = on;
  button.setAttribute("aria-pressed", String(on));
  document.documentElement.classList.toggle("selecting", on);
  for (const box of boxes()) {
    box.checked = picked.has(box.value);
    box.disabled = !box.checked && picked.size >= MOST;
  }
  const count = document.querySelector<HTMLOutputElement>("#bulk-count");
  if (count) count.textContent = `${picked.size} ${count.dataset["words"]}`;
  for (const act of bulk.querySelectorAll<HTMLButtonElement>("[data-role=bulk-act]")) act.disabled = picked.size === 0;
  const holder = bulk.querySelector("#bulk-picked");
  holder?.replaceChildren(...[...picked].map((id) => {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "conversation";
    input.value = id;
    return input;
  }));
}

function start(): void {
  on = true;
  document.querySelector("#bulk-told")?.replaceChildren();
  show();
  boxes()[0]?.focus();
}

function end(): void {
  on = false;
  picked.clear();
  show();
  document.querySelector<HTMLElement>("[data-role=select]")?.focus();
}

export function startSelect(): void {
  if (!form()) return;
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-role=select]")) start();
    if (target?.closest("[data-role=select-end]")) end();
    if (target?.closest("[data-role=select-all]")) {
      for (const box of boxes()) if (picked.size < MOST) picked.add(box.value);
      show();
    }
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.dataset["role"] !== "pick") return;
    if (box.checked && picked.size < MOST) picked.add(box.value);
    else picked.delete(box.value);
    show();
  });
  document.addEventListener("keydown", (event) => { if (on && event.key === "Escape") end(); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = (event as CustomEvent<{ elt: Element; successful: boolean }>).detail;
    if (successful && elt instanceof HTMLElement && elt.dataset["role"] === "bulk-act") end();
  });
  document.addEventListener("htmx:oobAfterSwap", () => { if (on) show(); });
  show();
}
