// The thread: stays at its end while new messages come, keeps its place otherwise, marks itself read when seen.
import { request } from "./request";
import { openConversation, refreshThread } from "./refresh";

const NEAR_PX = 120;
let atEnd = true;
let shown = "";
let sought = "";

const scroller = (): HTMLElement | null => document.querySelector<HTMLElement>(".scroller");

function toEnd(): void {
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
}

/** The message a search led to is brought into sight once; later updates leave the reader alone. */
function seek(): void {
  const id = document.querySelector<HTMLElement>("#messages")?.dataset["sought"] ?? "";
  if (id === sought) return;
  sought = id;
  const message = id ? document.getElementById(id) : null;
  if (!message) return;
  atEnd = false;
  message.classList.add("sought");
  message.scrollIntoView({ block: "center" });
}

/** Called after every update of the page. */
function settled(): void {
  const open = openConversation() ?? "";
  seek();
  if (open !== shown) { shown = open; atEnd = !sought; document.documentElement.classList.remove("context-open"); }
  if (atEnd) toEnd();
  markRead();
}

function markRead(): void {
  const messages = document.querySelector<HTMLElement>("#messages");
  const open = openConversation();
  if (!messages || !open || document.hidden || messages.dataset["unread"] === "0") return;
  messages.dataset["unread"] = "0";
  void request(`/console/inbox/${open}/read`, { method: "POST" });
}

function showMore(button: HTMLElement, box: string, name: string, refresh: () => void): void {
  const holder = document.querySelector<HTMLElement>(box);
  if (!holder) return;
  button.setAttribute("aria-busy", "true");
  holder.dataset[name] = button.dataset["rows"] ?? "";
  refresh();
}

export function startThread(): void {
  document.addEventListener("scroll", (event) => {
    const box = event.target;
    if (box instanceof HTMLElement && box.matches(".scroller")) atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
  }, true);
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const older = target?.closest<HTMLElement>("[data-role=older]");
    if (older) { atEnd = false; showMore(older, "#messages", "loaded", refreshThread); }
  });
  // A picture that arrives late must not push the last message out of sight.
  document.addEventListener("load", (event) => { if (atEnd && event.target instanceof HTMLImageElement) toEnd(); }, true);
  document.addEventListener("htmx:afterSettle", settled);
  document.addEventListener("htmx:oobAfterSwap", settled);
  document.addEventListener("visibilitychange", markRead);
  settled();
}
