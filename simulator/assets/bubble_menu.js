// What a customer may do with one message: take back, edit, react.

import { ask, el } from "./dom.js";

const OWN = { line: ["unsend"], instagram: ["unsend"], messenger: ["edit"], whatsapp: [] };
const REACTING = ["messenger", "instagram"];

export function bubbleMenu(one, channel, act) {
  if (one.body.type === "unsent") return null;
  const own = one.direction === "in" ? OWN[channel] : [];
  const items = [];
  if (own.includes("unsend")) items.push(el("button", { type: "button", onclick: () => act("unsend", {}) }, "Unsend"));
  if (own.includes("edit") && one.kind === "text") items.push(el("button", { type: "button", onclick: () => edit(one, act) }, "Edit"));
  if (REACTING.includes(channel) && one.direction === "out") {
    const given = one.body.reaction;
    items.push(el("button", { type: "button", onclick: () => act("react", { text: given ? "" : "❤" }) }, given ? "Take reaction back" : "React ❤"));
  }
  if (!items.length) return null;
  return el("details", { class: "menu bubble-menu" }, el("summary", { "aria-label": "More for this message" }, "⋯"), el("div", { class: "menu-items" }, ...items));
}

async function edit(one, act) {
  const text = await ask("New words", one.body.text);
  if (text && text !== one.body.text) act("edit", { text });
}
