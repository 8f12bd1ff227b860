// LINE's message objects.

import { actionElement } from "./actions.js";
import { el, picture } from "./dom.js";
import { flex } from "./flex.js";
import { location, words } from "./render.js";

export function lineMessage(body, context) {
  const drawn = draw(body, context);
  if (!body.sender?.name) return drawn;
  return el("div", {}, el("span", { class: "sender" }, body.sender.name), drawn);
}

function draw(body, context) {
  switch (body.type) {
    case "flex":
      return flex(body.contents, context);
    case "template":
      return template(body.template, context);
    case "image":
      return picture(body.originalContentUrl, { class: "photo", alt: "Photo" });
    case "video":
      return el("video", { class: "photo", controls: true, src: body.originalContentUrl, poster: body.previewImageUrl });
    case "audio":
      return el("audio", { controls: true, src: body.originalContentUrl });
    case "sticker":
      return el("span", { class: "sticker", role: "img", "aria-label": "Sticker" }, "🐻");
    case "location":
      return location(body);
    case "coupon":
      return el("div", { class: "card" }, el("strong", {}, "🎟 LINE coupon"), el("p", {}, body.couponId));
    case "imagemap":
      return picture(`${body.baseUrl}/1040`, { class: "photo", alt: body.altText });
    default:
      return words(body.text);
  }
}

function template(one, context) {
  if (one.type === "carousel") return row(one.columns.map((column) => card(column, context)));
  if (one.type === "image_carousel")
    return row(one.columns.map((column) => actionElement(column.action, context, { class: "card" }, picture(column.imageUrl, { alt: column.action.label ?? "Open" }))));
  return card(one, context);
}

function row(cards) {
  return el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, ...cards);
}

function card(one, context) {
  return el(
    "div",
    { class: "card" },
    one.thumbnailImageUrl ? picture(one.thumbnailImageUrl, { class: "card-picture" }) : null,
    el("div", { class: "card-words" }, one.title ? el("strong", {}, one.title) : null, el("p", {}, one.text)),
    el("div", { class: "card-buttons" }, ...one.actions.map((action) => actionElement(action, context, { class: "card-button" }, action.label ?? ""))),
  );
}

export function lineQuick(body) {
  return (body.quickReply?.items ?? []).map((item) => ({ label: item.action.label, action: item.action }));
}
