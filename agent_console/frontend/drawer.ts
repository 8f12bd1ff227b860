// The coupon drawer: choosing shows the card, Escape or the cross closes it, focus goes in and back.
import { refreshDrawer } from "./refresh";

let opener: HTMLElement | null = null;

function choose(): void {
  const chosen = document.querySelector<HTMLInputElement>("#drawer input[name=coupon]:checked")?.value;
  for (const card of document.querySelectorAll<HTMLElement>("#drawer [data-preview]")) card.hidden = card.dataset["preview"] !== chosen;
  const send = document.querySelector<HTMLButtonElement>("#drawer [data-role=coupon-send]");
  if (send) send.disabled = chosen === undefined;
  const note = document.querySelector<HTMLElement>("#drawer [data-role=with-note]");
  if (note) note.hidden = chosen === undefined;
}

// "Sent." stays through every redrawing of the list, until the next coupon is chosen or sent.
function forgetTold(): void {
  const told = document.querySelector<HTMLElement>("#drawer [data-told]");
  if (told) { told.dataset["told"] = ""; told.replaceChildren(); }
}

function close(): void {
  const drawer = document.querySelector<HTMLElement>("#drawer");
  if (!drawer?.firstElementChild) return;
  drawer.replaceChildren();
  (opener?.isConnected ? opener : document.querySelector<HTMLElement>("[data-role=coupon-open]"))?.focus();
}

export function startDrawer(): void {
  // A coupon refused on sending is no longer what the list says: ask for the list again.
  document.addEventListener("htmx:responseError", (event) => {
    const { elt } = (event as CustomEvent<{ elt: Element }>).detail;
    if (elt.matches("[data-role=coupon-form]")) refreshDrawer();
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-role=coupon-open]");
    if (button) opener = button;
    if (target?.closest("[data-role=drawer-close]")) close();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("change", (event) => { if (event.target instanceof HTMLInputElement && event.target.name === "coupon") { forgetTold(); choose(); } });
  document.addEventListener("submit", (event) => { if (event.target instanceof HTMLElement && event.target.matches("[data-role=coupon-form]")) forgetTold(); });
  document.addEventListener("htmx:afterSettle", (event) => {
    choose();
    if (event.target instanceof HTMLElement && event.target.id === "drawer") (document.querySelector<HTMLElement>("#drawer [data-role=first-field]") ?? document.querySelector<HTMLElement>("#drawer h2"))?.focus();
  });
  document.addEventListener("htmx:oobAfterSwap", choose);
}
