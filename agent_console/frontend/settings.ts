// The settings' menu is one scrolling row on a phone: the section that is open is brought into view.

export function startSettings(): void {
  const row = document.querySelector<HTMLElement>(".settings-nav");
  const here = row?.querySelector<HTMLElement>("[aria-current]");
  if (!row || !here) return;
  row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}
