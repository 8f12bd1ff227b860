// How long customers wait for a person, kept true on a page that nothing else renews.

const EVERY_MS = 30_000;

/** The same words as the server's (pieces.py: span): the two largest units, a minute at least. */
function told(minutes: number, [short, hours, days]: string[]): string {
  const values: Record<string, number> = { minutes: Math.max(minutes, 1) };
  let words = short;
  if (minutes >= 2880) { words = days; values["days"] = Math.floor(minutes / 1440); values["hours"] = Math.floor((minutes % 1440) / 60); }
  else if (minutes >= 60) { words = hours; values["hours"] = Math.floor(minutes / 60); values["minutes"] = minutes % 60; }
  return (words ?? "").replace(/%\((\w+)\)s/g, (_, name: string) => String(values[name]));
}

export function startWaits(): void {
  const list = document.querySelector<HTMLElement>("[data-spans]");
  if (!list) return;
  const words = JSON.parse(list.dataset["spans"] ?? "[]") as string[];
  // This device's clock may be wrong: the server's, at which the page was made, counts.
  const ahead = Date.now() / 1000 - Number(list.dataset["now"]);
  setInterval(() => {
    if (document.hidden) return;
    const now = Date.now() / 1000 - ahead;
    for (const one of document.querySelectorAll<HTMLElement>("[data-since]")) {
      const text = told(Math.floor((now - Number(one.dataset["since"])) / 60), words);
      if (one.textContent !== text) one.textContent = text;
    }
  }, EVERY_MS);
}
