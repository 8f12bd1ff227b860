// The composer: Enter sends, with Ctrl or Cmd it closes as well, the length is watched before sending.
import { answerField } from "./answer";
import { keepDraft, restoreDraft } from "./drafts";
import { filledText, preview, sizeOf } from "./tools";
import { filesAttached, filesOnTheirWay } from "./attach";

export function measure(): void {
  const area = answerField();
  const output = document.querySelector<HTMLOutputElement>("#length");
  const sends = document.querySelectorAll<HTMLButtonElement>("button[data-role=send], button[data-role=send-close]");
  if (!area || !output) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, 200)}px`;
  const limit = Number(area.dataset["limit"]);
  const length = sizeOf(filledText(area).trim(), area.dataset["unit"]);
  const over = length - limit;
  const closed = document.querySelector<HTMLElement>("#window")?.dataset["closed"] === "true";
  output.textContent = over > 0 ? `${output.dataset["over"]} ${over} (${length} / ${limit})` : length > limit * 0.8 ? `${length} / ${limit}` : "";
  output.classList.toggle("over", over > 0);
  area.setAttribute("aria-invalid", String(over > 0));
  area.disabled = closed;
  const held = document.querySelector("#held [data-role=send-anyway]") !== null;
  for (const send of sends) send.disabled = closed || over > 0 || held || filesOnTheirWay();
  for (const tool of document.querySelectorAll<HTMLButtonElement>("[data-role=saved-open], [data-role=attach-open], [data-role=tool]")) tool.disabled = closed;
  const files = document.querySelector<HTMLInputElement>("#attach-files");
  if (files) files.disabled = closed;
  preview();
}

function restore(): void {
  restoreDraft(answerField());
  measure();
}

/** Empties the field once the server has the words; what was typed meanwhile stays. */
function sent(event: Event): void {
  const { elt, successful, requestConfig } = (event as CustomEvent<{ elt: Element; successful: boolean; requestConfig: { parameters: Record<string, unknown> } }>).detail;
  if (!(elt instanceof HTMLElement) || elt.dataset["role"] !== "composer" || !successful) return;
  const area = answerField();
  if (!area) return;
  if (area.value === String(requestConfig.parameters["text"] ?? "")) area.value = "";
  keepDraft(area, true);
  measure();
  area.focus();
}

export function startComposer(): void {
  document.addEventListener("input", (event) => {
    if (event.target instanceof HTMLTextAreaElement && event.target.name === "text") { keepDraft(event.target); measure(); }
  });
  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (!(area instanceof HTMLTextAreaElement) || area.name !== "text") return;
    // While an input method composes (Chinese, Japanese), Enter accepts a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const role = event.ctrlKey || event.metaKey ? "send-close" : "send";
    const send = document.querySelector<HTMLButtonElement>(`button[data-role=${role}]`);
    // Clicked, not submitted by: htmx sends the name and value of the button that was clicked last.
    if (send && !send.disabled && (area.value.trim() || filesAttached())) send.click();
  });
  document.addEventListener("tessera:files", measure);
  document.addEventListener("htmx:afterRequest", sent);
  document.addEventListener("htmx:afterSettle", restore);
  document.addEventListener("htmx:oobAfterSwap", restore);
  restore();
}
