// Fetches what changed, coalesced: one request of a kind at a time, and at most one every 250 ms.
import { tellOutcome } from "./outcome";
import { fetchParts, typedIn } from "./htmx";
import { follow, keepPlace, restorePlace, windowAddress } from "./list-window";
import type { Change } from "./stream";
import { keepThread, restoreThread } from "./thread-place";

const GAP_MS = 250;
const COUNTS_GAP_MS = 2000;
const COUPON_KINDS = new Set(["coupon", "claim", "quota", "quota_request", "stock"]);
// What concerns only the parts that name it: no list, no thread.
const ELSEWHERE = new Set(["figures", "chat_figures", "failure"]);

class Coalesced {
  private running = false;
  private again = false;
  private last = 0;

  /**
   * With `strict` an answer to an address that is no longer the present one came too late: it is asked for anew.
   * `around` is called before and after what is shown changes, and told whether the answer came.
   */
  constructor(
    private address: () => string | undefined, private gap = GAP_MS, private strict = false,
    private around?: { before: () => void; after: (came: boolean) => void },
  ) {}

  ask(): void {
    if (this.running) { this.again = true; return; }
    this.running = true;
    const wait = Math.max(0, this.last + this.gap - performance.now());
    setTimeout(() => void this.run(), wait);
  }

  private async run(): Promise<void> {
    this.last = performance.now();
    const url = this.address();
    const wanted = (): boolean => {
      if (this.strict && this.address() !== url) { this.again = true; return false; }
      this.around?.before();
      return true;
    };
    let came = !url;
    try { if (url) came = await fetchParts(url, {}, wanted); } catch { /* away: the stream says so, and asks again once it is back */ } finally {
      this.around?.after(came);
      this.running = false;
      if (this.again) { this.again = false; this.ask(); }
    }
  }
}

const list = new Coalesced(() => windowAddress(openConversation() ?? ""), GAP_MS, true, {
  before: keepPlace,
  after: (came) => {
    document.querySelector("#rows")?.removeAttribute("aria-busy");
    document.querySelector<HTMLElement>("#list-trouble")?.toggleAttribute("hidden", came);
    restorePlace();
    if (came && follow()) list.ask();
  },
});
// Numbers are worth less than words: they follow at their leisure.
const controls = new Coalesced(() => document.querySelector<HTMLElement>("#list-controls")?.dataset["url"], COUNTS_GAP_MS, true);
const thread = new Coalesced(() => {
  const open = openConversation();
  const messages = document.querySelector<HTMLElement>("#messages");
  if (!open || !messages || messages.dataset["past"] === "true") return undefined;
  return `/console/inbox/${open}/thread?messages=${messages.dataset["loaded"]}`;
}, GAP_MS, false, { before: keepThread, after: restoreThread });
const drawer = new Coalesced(() => {
  const form = document.querySelector<HTMLFormElement>("#drawer form[data-role=coupon-form]");
  const open = openConversation();
  if (!form || !open) return undefined;
  const chosen = new FormData(form);
  const told = document.querySelector<HTMLElement>("#drawer [data-told]")?.dataset["told"] ?? "";
  const keep = new URLSearchParams({ form_id: String(chosen.get("form_id") ?? ""), coupon: String(chosen.get("coupon") ?? ""), told });
  return `/console/inbox/${open}/coupons?${keep}`;
}, GAP_MS, true);

export function openConversation(): string | undefined {
  return document.querySelector<HTMLElement>("#conversation")?.dataset["conversation"] || undefined;
}

/** Tables and charts that say themselves where they come from and which changes concern them. */
const parts = new Map<string, Coalesced>();
const PART_GAP_MS = 1000;

function refreshParts(change?: Change): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-refresh]")) {
    const { kinds, subject } = element.dataset;
    // A claim's change names its coupon and its customer, too; a part may be about several things.
    const about = change && [change.subject, change.detail["coupon"], change.detail["contact"]];
    const wanted = subject?.split(" ");
    if (change && (!kinds?.split(" ").includes(change.kind) || (wanted && !wanted.some((one) => about?.includes(one))))) continue;
    // Somebody is typing in a small form of it: what changed is asked for once the form is closed.
    if (typedIn(element)) continue;
    let part = parts.get(element.id);
    if (!part) {
      part = new Coalesced(() => document.getElementById(element.id)?.dataset["refresh"] || undefined, PART_GAP_MS);
      parts.set(element.id, part);
    }
    part.ask();
  }
}

/** Once a small form is closed, its part is asked for what changed meanwhile. */
export function startParts(): void {
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-refresh]")) refreshParts();
  });
}

export function refreshFor(change: Change): void {
  refreshParts(change);
  void tellOutcome(change);
  if (ELSEWHERE.has(change.kind)) return;
  if (change.kind === "draft") { list.ask(); return; }
  if (COUPON_KINDS.has(change.kind)) {
    drawer.ask();
    thread.ask();
    return;
  }
  // What a search found stays as it is until another search.
  if (!document.querySelector("#rows[data-found]")) { list.ask(); controls.ask(); }
  // An account that must be reconnected closes the composer of its conversations.
  if (change.subject === openConversation() || change.kind === "account") thread.ask();
}

export function refreshAll(): void {
  refreshParts();
  list.ask();
  controls.ask();
  thread.ask();
  drawer.ask();
}

export const refreshList = (): void => list.ask();
export const refreshControls = (): void => controls.ask();
export const refreshThread = (): void => thread.ask();
export const refreshDrawer = (): void => drawer.ask();
