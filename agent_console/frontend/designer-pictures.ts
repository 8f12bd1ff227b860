import { request } from "./request";
// The designer's pictures: sent as soon as they are chosen; the answer takes the field's place.

const field = (inside: Element): HTMLElement | null => inside.closest<HTMLElement>("[data-role=picture]");

function tell(place: HTMLElement, words: string): void {
  const line = place.querySelector<HTMLElement>("[data-role=picture-error]");
  if (!line) return;
  line.textContent = words;
  line.hidden = words === "";
}

/** Lets the form know, which follows what is typed by its bubbling events. */
function changed(place: HTMLElement): void {
  place.querySelector("input[type=hidden]")?.dispatchEvent(new Event("input", { bubbles: true }));
}

async function send(place: HTMLElement, file: File): Promise<void> {
  tell(place, "");
  place.setAttribute("aria-busy", "true");
  const body = new FormData();
  body.append("file", file);
  try {
    const answer = await request(`/console/coupons/pictures/${place.dataset["kind"]}`, { method: "POST", body });
    const words = await answer.text();
    if (!answer.ok) return tell(place, words.slice(0, 300));
    const holder = document.createElement("template");
    holder.innerHTML = words;
    const fresh = holder.content.querySelector<HTMLElement>("[data-role=picture]");
    if (!fresh) return;
    place.replaceWith(fresh);
    fresh.focus({ preventScroll: true });
    changed(fresh);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function remove(place: HTMLElement): void {
  const key = place.querySelector<HTMLInputElement>("input[type=hidden]");
  if (key) key.value = "";
  place.querySelector("img")?.remove();
  place.querySelector("[data-role=picture-delete]")?.remove();
  place.focus({ preventScroll: true });
  changed(place);
}

export function startPictures(root: HTMLFormElement): void {
  root.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.dataset["role"] !== "picture-file") return;
    event.stopPropagation();
    const [file, place] = [input.files?.[0], field(input)];
    if (file && place) void send(place, file).catch(() => tell(place, "…"));
  });
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-role=picture-delete]") : null;
    const place = button && field(button);
    if (place) remove(place);
  });
}
