// htmx with Idiomorph as its "morph" swap, so that focus, scrolling and typed text survive an update.
import { request } from "./request";
import htmx from "htmx.org/dist/htmx.esm.js";
import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

/** Idiomorph leaves the inside of a focused element alone: right for a field, wrong for a row just clicked. */
const typing = (): boolean => document.activeElement?.matches("input, textarea, select") ?? false;
const keepTyped = (): Record<string, unknown> => ({
  ignoreActiveValue: typing(),
  restoreFocus: true,
  callbacks: {
    // What a person opened stays open, what they ticked stays ticked, what they wrote stays written.
    beforeAttributeUpdated: (name: string, node: Element): boolean =>
      !(name === "open" && node instanceof HTMLDetailsElement)
      && !(name === "checked" && node.matches("[data-role=tick]"))
      && !(name === "value" && node.matches("[data-keep]")),
    // What was said of an act stays said until the next act on the same thing.
    beforeNodeRemoved: (node: Node): boolean => !(node instanceof Element && node.matches("[data-lasting]")),
  },
});

htmx.defineExtension("morph", {
  isInlineSwap: (style: string) => style === "morph",
  handleSwap: (style: string, target: Element, fragment: DocumentFragment | Element) => {
    if (style !== "morph") return false;
    const fresh = fragment instanceof DocumentFragment ? fragment.firstElementChild : fragment;
    if (!fresh) return false;
    fresh.removeAttribute("hx-swap-oob");
    return Idiomorph.morph(target, fresh, { morphStyle: "outerHTML", ...keepTyped() }) as Element[];
  },
});
document.body.setAttribute("hx-ext", "morph");

/** Says whether a part belongs to a conversation that was left meanwhile: its answer came too late. */
const left = (fresh: Element | null | undefined): boolean => {
  const of = fresh instanceof HTMLElement ? fresh.dataset["of"] : undefined;
  return of !== undefined && of !== document.querySelector<HTMLElement>("#conversation")?.dataset["conversation"];
};
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { detail } = event as CustomEvent<{ shouldSwap: boolean; fragment: DocumentFragment }>;
  if (left(detail.fragment.firstElementChild)) detail.shouldSwap = false;
});

/** Says whether a small form of a part is open, or on its way. */
export const typedIn = (part: Element): boolean => part.querySelector("form[data-inline], [data-inline] .htmx-request") !== null;

/**
 * Fetches a partial whose parts say themselves what they replace, and swaps them as htmx would.
 * Not through htmx.ajax: it lets one request of an element wait for, or drop, another. `wanted` is asked
 * once the answer is there: one that came too late is dropped. Returns whether there was an answer.
 */
export async function fetchParts(url: string, options: RequestInit = {}, wanted = (): boolean => true): Promise<boolean> {
  const answer = await request(url, options);
  if (answer.status === 401) location.reload();
  if (!answer.ok) return false;
  // What the page is about stands elsewhere now: a merged customer's page leads to who stands for them.
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) { location.assign(elsewhere); return false; }
  const words = await answer.text();
  if (wanted()) swapParts(words);
  return true;
}

/** Swaps parts that came with an answer, each in the place of the one with its id. */
export function swapParts(words: string): void {
  const holder = document.createElement("template");
  holder.innerHTML = words;
  for (const fresh of holder.content.querySelectorAll("[hx-swap-oob]")) {
    const old = document.getElementById(fresh.id);
    if (!old || left(fresh) || typedIn(old)) continue;
    fresh.removeAttribute("hx-swap-oob");
    for (const node of Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", ...keepTyped() })) {
      if (node instanceof Element) htmx.process(node);
    }
  }
  document.dispatchEvent(new CustomEvent("htmx:oobAfterSwap"));
}

export { htmx };
