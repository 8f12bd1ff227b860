// One message as a bubble: what customers sent in common shapes, what accounts sent in the platform's own.

import { clockTime, el, link, picture } from "./dom.js";
import { lineMessage } from "./line.js";
import { metaMessage } from "./meta.js";
import { whatsappMessage } from "./whatsapp.js";

const DRAW = { line: lineMessage, messenger: metaMessage, instagram: metaMessage, whatsapp: whatsappMessage };
const TICKS = { queued: "🕓", sent: "✓", delivered: "✓✓", read: "✓✓ read", failed: "not delivered", undelivered: "not delivered" };

export function message(one, channel, context, menu) {
  const inner = one.direction === "in" ? incoming(one.body) : DRAW[channel](one.body, context);
  const bubble = el("div", { class: "bubble" }, inner);
  if (one.body.reaction) bubble.append(el("span", { class: "reaction", title: "Reaction" }, one.body.reaction));
  return el(
    "div",
    { class: "message", "data-role": "message", "data-direction": one.direction, "data-id": one.external_id, "data-kind": one.kind },
    bubble,
    el("div", { class: "foot" }, el("span", { class: "meta" }, foot(one)), menu),
  );
}

function foot(one) {
  const parts = [clockTime(one.at)];
  if (one.body.edited) parts.push("edited");
  if (one.direction === "out" && one.status) parts.push(TICKS[one.status] ?? one.status);
  if (one.error_code) parts.push(String(one.error_code));
  return parts.join(" · ");
}

function incoming(body) {
  switch (body.type) {
    case "image":
      return picture(`media/${body.media}`, { class: "photo", alt: "Photo" });
    case "sticker":
      return el("span", { class: "sticker", role: "img", "aria-label": "Sticker" }, "🐻");
    case "like":
      return el("span", { class: "sticker", role: "img", "aria-label": "Heart" }, "❤️");
    case "location":
      return location(body);
    case "unsent":
      return el("em", {}, "Message unsent");
    default:
      return words(body.text);
  }
}

export function location(place) {
  const where = `https://www.openstreetmap.org/?mlat=${Number(place.latitude)}&mlon=${Number(place.longitude)}`;
  return link(where, { class: "place" }, el("strong", {}, `📍 ${place.title ?? "Location"}`), el("span", {}, place.address ?? ""));
}

const ADDRESS = /(https?:\/\/[^\s<>"]+)/;

export function words(text, decorate = (part) => [part]) {
  const node = el("p", { class: "words" });
  String(text ?? "").split(ADDRESS).forEach((part, index) => node.append(...(index % 2 ? [link(part, {}, part)] : decorate(part))));
  return node;
}
