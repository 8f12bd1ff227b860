// Opening a conversation swaps the thread in place; on a phone one pane shows at a time.
import { htmx } from "./htmx";
import { showChosen } from "./list";
import { openConversation, refreshList } from "./refresh";

function markCurrent(): void {
  const open = openConversation();
  for (const row of document.querySelectorAll<HTMLElement>("[data-role=conversation]")) {
    if (row.dataset["conversation"] === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// Of two rows clicked one after the other the later one is opened, whichever answer comes first.
let wanted = "";

/** Shows the conversation at `address` (none: the list alone) beside the list, which stays as it is. */
async function show(address: string, source: Element): Promise<boolean> {
  wanted = address;
  document.querySelector("#conversation")?.setAttribute("aria-busy", "true");
  await htmx.ajax("GET", address, { source, target: "#conversation", select: "#conversation", swap: "outerHTML show:none" });
  return address === wanted;
}

/** Where one pane shows at a time, what was pressed is gone with its pane: on with the head of the other one, or its row. */
function followFocus(pressed: Element, left: string | undefined): void {
  const now = document.activeElement;
  if (pressed.checkVisibility() || (now && now !== document.body && now !== pressed)) return;
  const next = openConversation() ? "#thread-head h1" : `a[data-role=conversation][data-conversation="${left ?? ""}"]`;
  document.querySelector<HTMLElement>(next)?.focus({ preventScroll: true });
}

async function openRow(row: HTMLAnchorElement): Promise<void> {
  const left = openConversation();
  const address = row.pathname + (row.dataset["role"] === "back" ? location.search : row.search);
  if (!(await show(address, row))) return;
  history.pushState({}, "", address);
  markCurrent();
  followFocus(row, left);
}

/** The back button: another list is fetched; another conversation is a page of its own. */
function goBack(): void {
  const there = location.pathname.split("/")[3] ?? "";
  if (document.querySelector("#rows") && there === (openConversation() ?? "")) showChosen();
  else location.reload();
}

function plainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

function toggleContext(open?: boolean): void {
  const now = document.documentElement.classList.toggle("context-open", open);
  for (const button of document.querySelectorAll("[data-role=context-toggle]")) button.setAttribute("aria-expanded", String(now));
}

export function startPanes(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ shouldSwap: boolean; target: Element; pathInfo: { requestPath: string } }>;
    if (detail.target.id === "conversation" && !detail.pathInfo.requestPath.endsWith(wanted)) detail.shouldSwap = false;
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLAnchorElement>("a[data-role=conversation], a[data-role=back]");
    if (row && plainClick(event)) { event.preventDefault(); void openRow(row); }
    if (target?.closest("[data-role=context-toggle]")) toggleContext();
    if (target?.closest("[data-role=context-close]")) toggleContext(false);
    if (target?.closest("[data-role=coupon-open]")) toggleContext(true);
    const menu = document.querySelector<HTMLDetailsElement>("details.me[open]");
    if (menu && !target?.closest("details.me")) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { toggleContext(false); document.querySelector<HTMLDetailsElement>("details.me[open]")?.removeAttribute("open"); }
  });
  addEventListener("popstate", goBack);
  document.addEventListener("htmx:oobAfterSwap", markCurrent);
  // Relative times ("13:02", "Tue 13:02") grow old.
  setInterval(() => { if (!document.hidden) refreshList(); }, 5 * 60_000);
}
