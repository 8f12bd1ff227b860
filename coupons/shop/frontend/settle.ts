// A till without network keeps scans and, once it is back, settles every one of them in sight of its staff.
import * as api from "./api";
import { refresh } from "./day";
import { by, element, grouped, word } from "./dom";
import { drop, keep, kept, type Kept } from "./queue";

const AGAIN_MS = 5000;
let settling = false;
let timer = 0;

export async function remember(scan: Kept): Promise<void> {
  await keep(scan);
  await list();
  later();
}

async function list(): Promise<Kept[]> {
  const scans = await kept();
  by("waiting").hidden = scans.length === 0;
  by("waiting-count").textContent = word("waiting", { n: scans.length });
  by("waiting-list").replaceChildren(...scans.map((scan) => element("li", `${grouped(scan.number)} · ${word("provisional")}`, "mono")));
  return scans;
}

function later(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void settle(), AGAIN_MS);
}

export async function settle(): Promise<void> {
  if (settling) return;
  settling = true;
  try {
    for (const scan of await list()) {
      show(scan, await api.redeem(scan.number, scan.key));
      // Told first, forgotten after: a page closed between shows it once more, and the key keeps it one.
      await drop(scan.key);
      await list();
    }
    connected(true);
    void refresh();
  } catch (error) {
    if (error instanceof api.NoNetwork) connected(false);
    if ((await kept()).length) later();
  } finally {
    settling = false;
  }
}

function show(scan: Kept, answer: api.Answer): void {
  const item = element("li", "", answer.colour);
  item.append(
    element("b", `${answer.title} · ${answer.coupon ?? grouped(scan.number)}`),
    element("span", `${grouped(scan.number)} · ${answer.detail}`),
  );
  by("settled-list").append(item);
  by("settled").hidden = false;
}

export function connected(yes: boolean): void {
  by("offline").hidden = yes;
}

by("settled-seen").addEventListener("click", () => {
  by("settled-list").replaceChildren();
  by("settled").hidden = true;
});
addEventListener("online", () => void settle());
addEventListener("offline", () => connected(false));
void list().then((scans) => {
  connected(navigator.onLine);
  if (scans.length) void settle();
}, () => {});
