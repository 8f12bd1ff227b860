// The conversation list: choices change the address and the rows, not the open conversation; scrolling loads.
import { request } from "./request";
import { follow, resetWindow, step } from "./list-window";
import { refreshControls, refreshList } from "./refresh";

const CHOICE = ["view", "status", "channel", "account", "tag", "member", "unread", "blocked", "sort", "q"];
// An address without any choice opens the member's last one.
const ALL = "view=all";
const SEARCH = "form[data-role=list-search]";
const TYPING_MS = 300;
let chosen = "";

/** The part of the address that says which conversations are listed. */
function choiceOf(search: string): string {
  const asked = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of CHOICE) { const value = asked.get(name); if (value) kept.set(name, value); }
  return kept.toString();
}

/** Shows the list that the address asks for; nothing happens when it is there already. */
export function showChosen(): void {
  const wanted = choiceOf(location.search);
  if (wanted === chosen) return;
  chosen = wanted;
  const rows = document.querySelector<HTMLElement>("#rows");
  const controls = document.querySelector<HTMLElement>("#list-controls");
  if (!rows || !controls) return;
  rows.dataset["url"] = `/console/inbox/list?part=rows${wanted ? `&${wanted}` : ""}`;
  controls.dataset["url"] = `/console/inbox/list?part=controls${wanted ? `&${wanted}` : ""}`;
  const field = document.querySelector<HTMLInputElement>(`${SEARCH} input[name=q]`);
  const term = new URLSearchParams(wanted).get("q") ?? "";
  if (field && field !== document.activeElement) field.value = term;
  rows.setAttribute("aria-busy", "true");
  resetWindow();
  refreshList();
  refreshControls();
}

function choose(search: string, instead = false): void {
  const wanted = choiceOf(search) || ALL;
  const address = `${location.pathname}?${wanted}`;
  if (instead) history.replaceState({}, "", address); else history.pushState({}, "", address);
  showChosen();
  const body = new URLSearchParams(wanted);
  // What is looked for is of the moment: the choice it was made in stays the last.
  if (!body.has("q")) void request("/console/inbox/choice", { method: "POST", body, keepalive: true }).catch(() => undefined);
}

/** Looks for what stands in the search field; what is typed on takes the place of the last search in the history. */
function look(): void {
  const field = document.querySelector<HTMLInputElement>(`${SEARCH} input[name=q]`);
  if (!field) return;
  const query = new URLSearchParams(chosen);
  const before = query.get("q") ?? "";
  const wanted = field.value.trim();
  if (wanted === before) return;
  if (wanted) query.set("q", wanted); else query.delete("q");
  choose(query.toString(), before !== "" && wanted !== "");
}

function formChoice(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") query.set(name, value);
  return query.toString();
}

export function startList(): void {
  if (!document.querySelector("#rows")) return;
  chosen = choiceOf(location.search);
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest<HTMLAnchorElement>("a[data-role=list-link]");
    if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); choose(link.search); }
    if (target?.closest("[data-role=list-again]")) { refreshList(); refreshControls(); }
  });
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>("form[data-role=list-filter]") : null;
    if (form) choose(formChoice(form));
  });
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.matches(SEARCH)) { event.preventDefault(); look(); }
  });
  let soon: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLInputElement) || !event.target.closest(SEARCH)) return;
    clearTimeout(soon);
    soon = setTimeout(look, TYPING_MS);
  });
  document.addEventListener("scroll", (event) => {
    if (event.target instanceof HTMLElement && event.target.id === "list-scroller" && follow()) refreshList();
  }, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !step(event.key)) return;
    event.preventDefault();
  });
}
