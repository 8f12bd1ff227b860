// Errors of a request are said aloud near the corner; what was typed stays where it is. News look different.

export function toast(text: string, news = false): void {
  const holder = document.querySelector<HTMLElement>("#toasts");
  if (!holder || !text) return;
  const box = document.createElement("div");
  box.className = news ? "toast-box toast-news" : "toast-box";
  box.append(document.createTextNode(text));
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-sm";
  close.textContent = holder.dataset["close"] ?? "×";
  close.addEventListener("click", () => box.remove());
  box.append(close);
  holder.replaceChildren(box);
}

/** Says whether an answer is a question that is shown as a form of its own (held.ts). */
export const isHeld = (xhr: XMLHttpRequest): boolean => xhr.status === 409 && xhr.getResponseHeader("Tessera-Held") !== null;

export function startToasts(): void {
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    if (xhr.status !== 401 && !isHeld(xhr)) toast(xhr.responseText.slice(0, 300));
  });
  document.addEventListener("htmx:beforeRequest", () => document.querySelector("#toasts .toast-box:not(.toast-news)")?.remove());
}
