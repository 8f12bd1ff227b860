// Keeps what is being read in its place while the thread is drawn anew: files that were fetched meanwhile and older
// messages make it longer above. (Browsers would do so by themselves, but not for parts that are morphed.)

const MESSAGE = "#messages > [id^='m-']";
let kept: { id: string; top: number }[] = [];

const scroller = (): HTMLElement | null => document.querySelector<HTMLElement>(".scroller");

/** Remembers which messages are in sight and where, just before the thread changes. */
export function keepThread(): void {
  const edge = scroller()?.getBoundingClientRect();
  kept = [];
  if (!edge) return;
  for (const message of document.querySelectorAll<HTMLElement>(MESSAGE)) {
    const { top, bottom } = message.getBoundingClientRect();
    if (bottom > edge.top && top < edge.bottom) kept.push({ id: message.id, top });
  }
}

/** Puts the first of them that is still there back to where it was. */
export function restoreThread(): void {
  const box = scroller();
  for (const { id, top } of kept) {
    const message = document.getElementById(id);
    if (!box || !message) continue;
    box.scrollTop += message.getBoundingClientRect().top - top;
    break;
  }
  kept = [];
}
