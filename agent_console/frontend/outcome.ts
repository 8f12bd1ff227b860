// Whoever asked for more quota is told at once how it ended, wherever they are in the console.
import { request } from "./request";
import type { Change } from "./stream";
import { toast } from "./toasts";

export async function tellOutcome(change: Change): Promise<void> {
  if (change.kind !== "quota_request") return;
  const { member, state, request: asked } = change.detail;
  const me = document.querySelector<HTMLElement>("#toasts")?.dataset["member"];
  if (!me || member !== me || state === "open") return;
  try {
    const answer = await request(`/console/quotas/requests/${String(asked)}/outcome`);
    if (answer.ok) toast(await answer.text(), true);
  } catch { /* away: the coupon list says it, too */ }
}
