// Buttons that copy a field.

export function startCopy(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-role=copy]") : null;
    const field = button && document.getElementById(button.dataset["from"] ?? "");
    if (!button || !(field instanceof HTMLInputElement)) return;
    field.select();
    void navigator.clipboard.writeText(field.value).then(() => {
      const words = button.querySelector("span");
      if (words) words.textContent = button.dataset["done"] ?? "";
    });
  });
}
