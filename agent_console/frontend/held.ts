// A held answer: a colleague's came first. The server's question is shown; until it is answered, nothing is sent.
import { measure } from "./composer";

const question = (): HTMLElement | null => document.querySelector("#held [data-role=send-anyway]");

interface Answered { xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean; elt: Element; successful: boolean }
const detailOf = (event: Event): Answered => (event as CustomEvent<Answered>).detail;

export function startHeld(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = detailOf(event);
    if (detail.xhr.status !== 409 || detail.xhr.getResponseHeader("Tessera-Held") === null) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });
  document.addEventListener("htmx:afterRequest", () => { if (question()) measure(); });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-role=held-leave]")) return;
    document.querySelector("#held")?.replaceChildren();
    measure();
    document.querySelector<HTMLTextAreaElement>("textarea[name=text]")?.focus();
  });
}
