// The promotion page: the QR code follows the chosen link and logo.

export function startPromote(): void {
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>("[data-role=qr-form]") : null;
    const picture = form?.querySelector<HTMLImageElement>("[data-role=qr-preview]");
    if (!form || !picture) return;
    const chosen = new FormData(form);
    const logo = encodeURIComponent(String(chosen.get("logo") ?? ""));
    picture.src = `${picture.dataset["base"] ?? ""}${String(chosen.get("link"))}/qr.png?logo=${logo}`;
  });
}
