// On a phone the settings' menu and a coupon's tabs are one scrolling row: what is open is brought into view.

export function startSettings(): void {
  for (const row of document.querySelectorAll<HTMLElement>(".settings-nav, .coupon-tabs")) {
    const here = row.querySelector<HTMLElement>("[aria-current]");
    if (here) row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - here.offsetWidth) / 2;
  }
}
