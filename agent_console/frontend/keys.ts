// Keys of the inbox: one letter each, never while something is typed; "?" shows them, where they can be switched off.

const OFF = "keys-off";
const FIELD = "input, textarea, select, [contenteditable]";
const ROW = "a[data-role=conversation]";

const on = (): boolean => localStorage.getItem(OFF) === null;
const press = (selector: string): void => document.querySelector<HTMLButtonElement>(`${selector}:not(:disabled)`)?.click();
const focus = (selector: string): void => document.querySelector<HTMLElement>(`${selector}:not(:disabled)`)?.focus();

/** Opens the conversation `by` rows below the one that is open, or that was stepped to a moment ago. */
function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>(ROW)];
  const stepped = document.activeElement?.closest<HTMLAnchorElement>(ROW);
  const here = rows.findIndex((row) => (stepped ? row === stepped : row.hasAttribute("aria-current")));
  const next = rows[here < 0 ? 0 : here + by];
  next?.focus();
  next?.click();
}

const ACTS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => focus("#q"),
  r: () => focus("textarea[name=text]"),
  t: () => press("[data-role=take-over]"),
  e: () => press("[data-role=close]"),
  c: () => press("[data-role=coupon-open]"),
};

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.matches(FIELD)) return;
  const sheet = document.querySelector<HTMLElement>("#keys");
  if (!sheet || document.querySelector("[popover]:popover-open")) return;
  const act = event.key === "?" ? () => sheet.showPopover() : on() ? ACTS[event.key] : undefined;
  if (!act) return;
  event.preventDefault();
  act();
}

export function startKeys(): void {
  const choice = document.querySelector<HTMLInputElement>("#keys-on");
  if (!choice) return;
  choice.checked = on();
  choice.addEventListener("change", () => { if (choice.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1"); });
  document.addEventListener("keydown", pressed);
}
