// A held answer: a colleague's came first. The server's question is shown; until it is answered, nothing is sent.
import { answerField } from "./answer";
import { measure } from "./composer";
import { isHeld } from "./toasts";

const question = (): HTMLElement | null => document.querySelector("#held [data-role=send-anyway]");

interface Answered { xhr: XMLHttpRequest; shouldSwap: boolean }
const detailOf = (event: Event): Answered => (event as CustomEvent<Answered>).detail;

export function startHeld(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = detailOf(event);
    // It stays an error for everybody else: what was written and attached is kept.
    if (isHeld(detail.xhr)) detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterRequest", () => { if (question()) measure(); });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-role=held-leave]")) return;
    document.querySelector("#held")?.replaceChildren();
    measure();
    answerField()?.focus();
  });
}
