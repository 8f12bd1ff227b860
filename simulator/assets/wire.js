// The wire log: request, signature and answer of every call, filterable, each with copy buttons.

import * as api from "./api.js";
import { copy, el, role } from "./dom.js";

const KEPT = 150;

export class Wire {
  constructor(root) {
    this.list = role(root, "wire");
    this.empty = role(root, "wire-empty");
    this.filter = role(root, "wire-filter");
    this.direction = role(root, "wire-direction");
    this.newest = {};
    this.rows = [];
    this.filter.addEventListener("input", () => this.apply());
    this.direction.addEventListener("change", () => this.apply());
  }

  async refresh(account, name) {
    const fresh = await api.get(`accounts/${account}/wire?after=${this.newest[account] ?? 0}`);
    if (!fresh.length) return;
    this.newest[account] = Math.max(this.newest[account] ?? 0, fresh[0].id);
    const known = new Set(this.rows.map((row) => row.id));
    this.rows.push(...fresh.filter((one) => !known.has(one.id)).map((one) => ({ id: one.id, node: row(one, name), one, name })));
    this.rows.sort((left, right) => right.id - left.id);
    this.rows.length = Math.min(this.rows.length, KEPT);
    // Moving only what is new keeps an opened line open and the focus where it is.
    this.rows.forEach(({ node }, index) => this.list.children[index] !== node && this.list.insertBefore(node, this.list.children[index] ?? null));
    while (this.list.children.length > this.rows.length) this.list.lastElementChild.remove();
    this.apply();
  }

  apply() {
    const words = this.filter.value.trim().toLowerCase();
    let shown = 0;
    for (const { node, one, name } of this.rows) {
      const text = `${name} ${one.method} ${one.url} ${one.status} ${one.request} ${one.answer}`.toLowerCase();
      node.hidden = Boolean(this.direction.value && one.direction !== this.direction.value) || !text.includes(words);
      shown += node.hidden ? 0 : 1;
    }
    this.empty.hidden = shown > 0;
    if (this.rows.length) this.empty.textContent = "Nothing fits this filter.";
  }
}

function row(one, name) {
  const good = one.status >= 200 && one.status < 300;
  const details = el("div", { class: "wire-details" }, part("Request", pretty(one.request)), part("Signature", one.signature), part("Answer", pretty(one.answer)));
  return el(
    "li",
    {},
    el(
      "details",
      {},
      el(
        "summary",
        {},
        el("span", { class: "wire-time" }, new Date(one.at).toLocaleTimeString()),
        el("span", { class: "wire-way" }, one.direction === "webhook" ? "→ webhook" : "← api"),
        el("span", { class: good ? "wire-good" : "wire-bad" }, good ? `✓ ${one.status}` : `✗ ${one.status || "none"}`),
        el("span", { class: "wire-account" }, name),
        el("span", { class: "wire-url" }, `${one.method} ${one.url}`),
      ),
      details,
    ),
  );
}

function part(title, text) {
  if (!text) return null;
  return el(
    "div",
    { class: "wire-part" },
    el("div", { class: "wire-part-head" }, el("strong", {}, title), el("button", { type: "button", class: "quiet", onclick: () => copy(text) }, `Copy ${title.toLowerCase()}`)),
    el("pre", { tabindex: "0" }, text),
  );
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
