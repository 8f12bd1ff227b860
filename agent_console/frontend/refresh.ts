// Fetches what changed, coalesced: one request of a kind at a time, and at most one every 250 ms.
import { fetchParts } from "./htmx";
import type { Change } from "./stream";

const GAP_MS = 250;
const COUPON_KINDS = new Set(["coupon", "claim", "quota", "stock"]);

class Coalesced {
  private running = false;
  private again = false;
  private last = 0;

  constructor(private address: () => string | undefined) {}

  ask(): void {
    if (this.running) { this.again = true; return; }
    this.running = true;
    const wait = Math.max(0, this.last + GAP_MS - performance.now());
    setTimeout(() => void this.run(), wait);
  }

  private async run(): Promise<void> {
    this.last = performance.now();
    const url = this.address();
    try { if (url) await fetchParts(url); } catch { /* away: the stream says so, and asks again once it is back */ } finally {
      this.running = false;
      if (this.again) { this.again = false; this.ask(); }
    }
  }
}

const list = new Coalesced(() => {
  const rows = document.querySelector<HTMLElement>("#rows");
  return rows ? `${rows.dataset["url"]}&rows=${rows.dataset["rows"]}&open=${openConversation() ?? ""}` : undefined;
});
const thread = new Coalesced(() => {
  const open = openConversation();
  const messages = document.querySelector<HTMLElement>("#messages");
  if (!open || !messages || messages.dataset["past"] === "true") return undefined;
  return `/console/inbox/${open}/thread?messages=${messages.dataset["loaded"]}`;
});
const drawer = new Coalesced(() => {
  const form = document.querySelector<HTMLFormElement>("#drawer form[data-role=coupon-form]");
  const open = openConversation();
  if (!form || !open) return undefined;
  const chosen = new FormData(form);
  const told = document.querySelector<HTMLElement>("#drawer [data-told]")?.dataset["told"] ?? "";
  const keep = new URLSearchParams({ form_id: String(chosen.get("form_id") ?? ""), coupon: String(chosen.get("coupon") ?? ""), told });
  return `/console/inbox/${open}/coupons?${keep}`;
});

export function openConversation(): string | undefined {
  return document.querySelector<HTMLElement>("#conversation")?.dataset["conversation"] || undefined;
}

export function refreshFor(change: Change): void {
  if (COUPON_KINDS.has(change.kind)) {
    drawer.ask();
    thread.ask();
    return;
  }
  list.ask();
  // An account that must be reconnected closes the composer of its conversations.
  if (change.subject === openConversation() || change.kind === "account") thread.ask();
}

export function refreshAll(): void {
  list.ask();
  thread.ask();
  drawer.ask();
}

export const refreshList = (): void => list.ask();
export const refreshThread = (): void => thread.ask();
export const refreshDrawer = (): void => drawer.ask();
