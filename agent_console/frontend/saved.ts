// Saved replies: a slash at the start of the answer, or the button, offers them; the chosen one's words go in.
import { answerField } from "./answer";
import { request } from "./request";

const WAIT_MS = 120;
const sheet = (): HTMLElement | null => document.querySelector("#saved");
const options = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#saved [role=option]")];
let chosen = 0;
/** What the chosen words take the place of; none while nothing is offered. */
let place: { from: number; to: number } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;
/** True until the list says what fits the words typed last: Enter must not send them meanwhile. */
let waiting = false;

function mark(): void {
  const area = answerField();
  const all = options();
  const open = sheet()?.hidden === false && all.length > 0;
  chosen = Math.min(Math.max(chosen, 0), Math.max(all.length - 1, 0));
  all.forEach((one, n) => one.setAttribute("aria-selected", String(n === chosen)));
  const here = open ? all[chosen] : undefined;
  here?.scrollIntoView({ block: "nearest" });
  if (here) area?.setAttribute("aria-activedescendant", here.id);
  else area?.removeAttribute("aria-activedescendant");
}

function close(): void {
  clearTimeout(timer);
  asked += 1;
  waiting = false;
  place = undefined;
  const list = sheet();
  if (list) { list.hidden = true; list.replaceChildren(); }
  mark();
}

async function fetchOffer(sought: string): Promise<void> {
  const list = sheet();
  const mine = ++asked;
  if (!list) return;
  const answer = await request(`${list.dataset["url"]}?q=${encodeURIComponent(sought)}`).catch(() => undefined);
  if (mine !== asked) return;
  if (!answer?.ok) { close(); return; }
  const words = await answer.text();
  if (mine !== asked) return;
  waiting = false;
  list.innerHTML = words;
  list.hidden = false;
  chosen = 0;
  mark();
}

function offer(): void {
  const area = answerField();
  if (!area) return;
  const sought = /^\/([^/\n]{0,80})$/.exec(area.value)?.[1];
  if (sought === undefined) { close(); return; }
  place = { from: 0, to: area.value.length };
  waiting = true;
  clearTimeout(timer);
  timer = setTimeout(() => void fetchOffer(sought), WAIT_MS);
}

function take(option: HTMLElement | undefined): void {
  const area = answerField();
  const text = option?.dataset["text"];
  if (!area || !place || text === undefined) return;
  area.setRangeText(text, place.from, place.to, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

/** Before anybody else hears of the key: Enter must not send, Escape must not close the drawer. */
function press(event: KeyboardEvent): void {
  if (!place || event.isComposing || event.target !== answerField()) return;
  const all = options();
  if (event.key === "Escape") close();
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && waiting) { /* the list is on its way */ }
  else if (all.length === 0) return;
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") { chosen = (chosen + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length; mark(); }
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(all[chosen]);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function toggle(): void {
  const area = answerField();
  if (!area || area.disabled) return;
  if (place) { close(); area.focus(); return; }
  area.focus();
  place = { from: area.selectionStart, to: area.selectionEnd };
  void fetchOffer("");
}

export function startSaved(): void {
  document.addEventListener("input", (event) => { if (event.target === answerField()) offer(); });
  document.addEventListener("keydown", press, true);
  document.addEventListener("pointerdown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    // The field keeps the focus while the list is scrolled or the button is pressed.
    if (target?.closest("#saved, [data-role=saved-open]") && !target.closest("a")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const option = target?.closest<HTMLElement>("#saved [role=option]");
    if (option) take(option);
    else if (target?.closest("[data-role=saved-open]")) toggle();
    else if (place && !target?.closest("#saved, textarea[name=text]")) close();
  });
}
