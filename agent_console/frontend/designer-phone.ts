// The designer's phone: tabs for the card in each chat and for the page before, during and after its time.

const PAGES = ["before", "during", "after"];
const PAGE = "/console/coupons/preview/page";

const phone = (): HTMLElement | null => document.querySelector<HTMLElement>(".phone");
const shown = (): string => phone()?.dataset["shows"] ?? "";

/**
 * Loads the page into a new frame that takes the old one's place once it is there: nothing flickers, and
 * no answer of a form lands in the browser's history.
 */
function loadPage(root: HTMLFormElement, holder: HTMLElement): void {
  const frame = document.createElement("iframe");
  frame.name = `page-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  frame.title = holder.dataset["title"] ?? "";
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.className = "coming";
  holder.append(frame);
  const sender = document.createElement("form");
  sender.method = "post";
  sender.action = `${PAGE}?phase=${shown()}`;
  sender.target = frame.name;
  sender.hidden = true;
  for (const [name, value] of new FormData(root)) {
    const input = document.createElement("input");
    input.name = name;
    input.type = "hidden";
    input.value = String(value);
    sender.append(input);
  }
  document.body.append(sender);
  sender.submit();
  sender.remove();
  frame.addEventListener("load", () => {
    if (!frame.contentWindow || frame.contentWindow.location.href === "about:blank") return;
    const before = holder.querySelector<HTMLIFrameElement>("iframe:not(.coming)");
    const top = before?.contentWindow?.scrollY ?? 0;
    frame.classList.remove("coming");
    for (const other of holder.querySelectorAll("iframe")) {
      if (other !== frame && !other.classList.contains("coming")) other.remove();
    }
    frame.contentWindow.scrollTo(0, top);
  });
}

/** Shows what the pressed tab stands for, as the form is now. */
export function showTab(root: HTMLFormElement): void {
  const name = shown();
  const holder = document.querySelector<HTMLElement>("[data-role=phone-page]");
  const page = PAGES.includes(name);
  for (const chat of document.querySelectorAll<HTMLElement>("[data-chat]")) chat.hidden = chat.dataset["chat"] !== name;
  if (!holder) return;
  holder.hidden = !page;
  if (page) loadPage(root, holder);
}

export function startPhone(root: HTMLFormElement): void {
  document.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tab]") : null;
    const screen = phone();
    if (!tab || !screen) return;
    screen.dataset["shows"] = tab.dataset["tab"] ?? "";
    for (const other of document.querySelectorAll("[data-tab]")) other.setAttribute("aria-pressed", String(other === tab));
    showTab(root);
  });
  showTab(root);
}
