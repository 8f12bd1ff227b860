// Working together: notes with colleagues called by name, sheets that close once they are sent.

const field = (): HTMLTextAreaElement | null => document.querySelector("[data-role=note-text]");
const names = (): HTMLElement | null => document.querySelector("#note-names");
const offered = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#note-names [role=option]:not([hidden])")];
/** What stands between the last @ and the cursor: at most a few words, for names have spaces. */
const CALL = /(?:^|[^A-Za-z0-9])[@＠]([^@＠\n]{0,40})$/;
let chosen = 0;

function asked(area: HTMLTextAreaElement): string | undefined {
  return CALL.exec(area.value.slice(0, area.selectionStart))?.[1];
}

function mark(): void {
  const area = field();
  const all = offered();
  chosen = Math.min(Math.max(chosen, 0), Math.max(all.length - 1, 0));
  all.forEach((one, n) => one.setAttribute("aria-selected", String(n === chosen)));
  const open = names()?.hidden === false;
  const here = open ? all[chosen]?.id : undefined;
  if (here) area?.setAttribute("aria-activedescendant", here);
  else area?.removeAttribute("aria-activedescendant");
}

function offer(): void {
  const area = field();
  const list = names();
  if (!area || !list) return;
  const start = asked(area)?.toLocaleLowerCase();
  for (const one of list.children) {
    if (one instanceof HTMLElement) one.hidden = start === undefined || !(one.dataset["name"] ?? "").toLocaleLowerCase().startsWith(start);
  }
  list.hidden = offered().length === 0;
  chosen = 0;
  mark();
}

function close(): void {
  const list = names();
  if (list) list.hidden = true;
  mark();
}

function take(option: HTMLElement | undefined): void {
  const area = field();
  const start = area ? asked(area) : undefined;
  if (!area || !option || start === undefined) return;
  const end = area.selectionStart;
  area.setRangeText(`${option.dataset["name"]} `, end - start.length, end, "end");
  close();
  area.focus();
}

function press(event: KeyboardEvent): void {
  if (!(event.target instanceof HTMLTextAreaElement) || event.target !== field()) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); event.target.form?.requestSubmit(); return; }
  if (names()?.hidden !== false || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { chosen += event.key === "ArrowDown" ? 1 : -1; mark(); }
  else if (event.key === "Enter" || event.key === "Tab") take(offered()[chosen]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
}

/** Empties the note once the server has it, and closes the sheet whose choice was carried out. */
function done(event: Event): void {
  const { elt, successful } = (event as CustomEvent<{ elt: Element; successful: boolean }>).detail;
  if (!successful || !(elt instanceof HTMLElement)) return;
  if (elt.dataset["role"] === "note-form") {
    const area = field();
    if (area) { area.value = ""; area.focus(); }
    close();
  }
  if (elt.dataset["role"] === "in-sheet") elt.closest<HTMLElement>("[popover]")?.hidePopover();
}

export function startTeamwork(): void {
  document.addEventListener("input", (event) => { if (event.target === field()) offer(); });
  document.addEventListener("keydown", press);
  document.addEventListener("pointerdown", (event) => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("#note-names [role=option]") : null;
    if (!option) return;
    event.preventDefault();
    take(option);
  });
  document.addEventListener("focusout", (event) => { if (event.target === field()) close(); });
  document.addEventListener("htmx:afterRequest", done);
}
