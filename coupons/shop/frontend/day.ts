// Today's count and the newest redemptions, each with its undo while that is possible.
import * as api from "./api";
import { by, element, word } from "./dom";
import * as undo from "./undo";

let version = 0;

export async function refresh(): Promise<void> {
  const mine = ++version;
  let day: api.Day;
  try {
    day = await api.today();
  } catch {
    return; // the count stays as it was last known
  }
  if (mine !== version) return;
  by("count").textContent = word("today", { n: day.count });
  by("day-empty").hidden = day.newest.length > 0;
  by("day-list").replaceChildren(...day.newest.map(row));
}

function row(one: api.Row): HTMLElement {
  const item = element("li");
  const words = element("span", "", "what");
  words.append(element("b", one.coupon), element("span", [one.at, one.who].filter(Boolean).join(" · ")));
  item.append(words);
  if (one.undone) item.append(element("span", word("undone_mark"), "mark"));
  const left = one.undo;
  if (left) {
    const button = element("button", word("undo"), "small") as HTMLButtonElement;
    button.type = "button";
    button.addEventListener("click", () => undo.ask(`${one.coupon} · ${one.at}`, one.number, left, () => void refresh()));
    setTimeout(() => button.remove(), left.left_ms);
    item.append(button);
  }
  return item;
}

by("day").addEventListener("toggle", () => {
  if ((by("day") as HTMLDetailsElement).open) void refresh();
});
