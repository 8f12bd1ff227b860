// Small helpers to build elements; text only ever enters as text.

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "style") Object.assign(node.style, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function role(parent, name) {
  return parent.querySelector(`[data-role="${name}"]`);
}

const OPENABLE = /^(https?:|tel:|mailto:|line:)/i;

export function link(href, properties, ...children) {
  if (!OPENABLE.test(href)) return el("span", { ...properties, title: `This address cannot be opened: ${href}` }, ...children);
  return el("a", { ...properties, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

export function picture(src, properties = {}) {
  if (!/^(https?:|media\/|data:image\/)/i.test(src ?? "")) return el("span", { class: "no-picture" }, "picture");
  const node = el("img", { alt: "", loading: "lazy", ...properties, src });
  node.addEventListener("error", () => node.replaceWith(el("span", { class: "no-picture" }, "picture not reachable")), { once: true });
  return node;
}

let fading;
export function toast(text) {
  const node = role(document, "toast");
  node.textContent = text;
  node.dataset.on = "";
  clearTimeout(fading);
  fading = setTimeout(() => delete node.dataset.on, 3500);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast(`Copy it by hand: ${text}`);
  }
}

// Asks for one line of text; an empty answer means it was called off.
export function ask(label, value = "") {
  const dialog = role(document, "dialog");
  const box = role(dialog, "dialog-text");
  role(dialog, "dialog-label").textContent = label;
  box.value = value;
  dialog.returnValue = "";
  dialog.showModal();
  box.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? box.value.trim() : ""), { once: true });
  });
}

export function clockTime(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
