// WhatsApp messages as Twilio was asked to send them: free text and media, or a Content template.

import { actionElement } from "./actions.js";
import { el, link, picture } from "./dom.js";
import { location, words } from "./render.js";

export function whatsappMessage(body, context) {
  if (body.content) return el("div", {}, ...Object.entries(body.content).slice(0, 1).map(([kind, one]) => content(kind, one, context)));
  if (body.location) return location(body.location);
  return el("div", {}, ...(body.media ?? []).map(attached), body.text ? words(body.text, marked) : null);
}

// WhatsApp shows *bold*, _slanted_ and ~struck~ words.
const MARKS = { "*": "strong", _: "em", "~": "s" };

function marked(text) {
  return text.split(/([*_~][^\s*_~](?:[^*_~\n]*[^\s*_~])?[*_~])/).map((part) => {
    const tag = part.length > 2 && part[0] === part.at(-1) ? MARKS[part[0]] : undefined;
    return tag ? el(tag, {}, part.slice(1, -1)) : part;
  });
}

function attached(url) {
  if (/\.(pdf|zip|docx?|xlsx?)(\?|$)/i.test(url)) return link(url, { class: "file" }, `📄 ${url.split("/").pop()}`);
  if (/\.(mp4|3gp)(\?|$)/i.test(url)) return el("video", { class: "photo", controls: true, src: url });
  if (/\.(mp3|ogg|m4a)(\?|$)/i.test(url)) return el("audio", { controls: true, src: url });
  return picture(url, { class: "photo", alt: "Photo" });
}

function content(kind, one, context) {
  if (kind === "twilio/list-picker") return list(one, context);
  if (kind === "twilio/carousel") return el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, words(one.body), ...one.cards.map((card) => content("twilio/card", card, context)));
  if (kind === "twilio/location") return location({ title: one.label, address: one.address, latitude: one.latitude, longitude: one.longitude });
  const media = [].concat(one.media ?? []);
  return el(
    "div",
    { class: "wa-card" },
    ...media.map(attached),
    one.header_text ? el("strong", {}, one.header_text) : null,
    one.title ? el("strong", {}, one.title) : null,
    one.body ? words(one.body, marked) : null,
    one.subtitle || one.footer ? el("small", {}, one.subtitle ?? one.footer) : null,
    el("div", { class: "card-buttons" }, ...(one.actions ?? []).map((action) => actionElement(action, context, { class: "card-button" }, action.title ?? "Copy code"))),
  );
}

function list(one, context) {
  const items = one.items.map((item) => actionElement(item, context, { class: "card-button" }, item.item));
  return el("div", { class: "wa-card" }, words(one.body), el("details", {}, el("summary", {}, one.button), el("div", { class: "card-buttons" }, ...items)));
}
