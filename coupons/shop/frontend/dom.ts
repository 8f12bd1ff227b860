// What every part uses: elements by id, the page's words, a toast, keys.
export function by<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found as T;
}

const table = JSON.parse(by("words").textContent ?? "{}") as Record<string, string>;

export function word(name: string, values: Record<string, string | number> = {}): string {
  return Object.entries(values).reduce(
    (text, [place, value]) => text.replace(`{${place}}`, String(value)),
    table[name] ?? "",
  );
}

let timer = 0;
export function toast(text: string): void {
  const box = by("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(timer);
  timer = window.setTimeout(() => { box.hidden = true; }, 4000);
}

/** A key of its own for a tap; crypto.randomUUID is missing where the page is not served by https. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function element(tag: string, text = "", className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** The 12 characters of a coupon number as the server reads it, "" when it cannot be one. */
export function couponNumber(text: string): string {
  const plain = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return /^[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{12}$/.test(plain) ? plain : "";
}

export function grouped(number: string): string {
  return number.replace(/(.{4})(?=.)/g, "$1 ");
}
