// The contact panel: its fields save themselves once they were changed; Escape puts back what stood there.
const FIELD = "form.contact-field input, form.contact-field select";

export function startContact(): void {
  // Before the pane itself listens: the first Escape leaves the field, the next one closes the pane.
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.key !== "Escape" || event.isComposing || !(target instanceof HTMLInputElement) || !target.matches(FIELD)) return;
    if (target.value === target.defaultValue) return;
    target.value = target.defaultValue;
    event.stopPropagation();
  }, true);
  // One tag after another: the field stays where it is and is empty again.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = (event as CustomEvent<{ elt: Element; successful: boolean }>).detail;
    if (!successful || !elt.matches("form[data-role=tag-form]:not([data-inline])")) return;
    const field = elt.querySelector<HTMLInputElement>("input[name=value]");
    if (field) field.value = "";
  });
}
