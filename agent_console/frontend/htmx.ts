// htmx with Idiomorph as its "morph" swap, so that focus, scrolling and typed text survive an update.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

const keepTyped = {
  ignoreActiveValue: true,
  restoreFocus: true,
  callbacks: {
    // What a person opened stays open.
    beforeAttributeUpdated: (name: string, node: Element): boolean =>
      !(name === "open" && node instanceof HTMLDetailsElement),
  },
};

htmx.defineExtension("morph", {
  isInlineSwap: (style: string) => style === "morph",
  handleSwap: (style: string, target: Element, fragment: DocumentFragment | Element) => {
    if (style !== "morph") return false;
    const fresh = fragment instanceof DocumentFragment ? fragment.firstElementChild : fragment;
    if (!fresh) return false;
    fresh.removeAttribute("hx-swap-oob");
    return Idiomorph.morph(target, fresh, { morphStyle: "outerHTML", ...keepTyped }) as Element[];
  },
});
document.body.setAttribute("hx-ext", "morph");

/** Fetches a partial whose parts say themselves what they replace. */
export function fetchParts(url: string): Promise<void> {
  return htmx.ajax("GET", url, { target: document.body, source: document.body, swap: "none" }) as Promise<void>;
}

export { htmx };
