// Messenger's and Instagram's message objects.

import { actionElement } from "./actions.js";
import { el, link, picture } from "./dom.js";
import { words } from "./render.js";

export function metaMessage(body, context) {
  const attachment = body.attachment;
  if (!attachment) return words(body.text);
  const url = attachment.payload?.url;
  switch (attachment.type) {
    case "template":
      return template(attachment.payload, context);
    case "image":
      return picture(url, { class: "photo", alt: "Photo" });
    case "video":
      return el("video", { class: "photo", controls: true, src: url });
    case "audio":
      return el("audio", { controls: true, src: url });
    default:
      return link(url ?? "", { class: "file" }, `📄 ${String(url ?? attachment.type).split("/").pop()}`);
  }
}

function template(payload, context) {
  switch (payload.template_type) {
    case "generic": {
      const cards = payload.elements.map((one) => card(one, context));
      return cards.length === 1 ? cards[0] : el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, ...cards);
    }
    case "button":
      return el("div", { class: "card" }, el("div", { class: "card-words" }, words(payload.text)), buttons(payload.buttons, context));
    case "coupon":
      return coupon(payload, context);
    case "media": {
      const [one] = payload.elements;
      const shown = one.url && one.media_type === "image" ? picture(one.url, { class: "card-picture" }) : el("p", { class: "card-words" }, one.media_type);
      return el("div", { class: "card" }, shown, buttons(one.buttons, context));
    }
    default:
      return el("div", { class: "card" }, el("p", { class: "card-words" }, payload.template_type));
  }
}

function card(one, context) {
  const shown = one.image_url ? picture(one.image_url, { class: "card-picture" }) : null;
  const top = [shown, el("div", { class: "card-words" }, el("strong", {}, one.title), one.subtitle ? el("p", {}, one.subtitle) : null)];
  const opened = one.default_action?.url ? [link(one.default_action.url, { class: "card-open" }, ...top.filter(Boolean))] : top;
  return el("div", { class: "card" }, ...opened, buttons(one.buttons, context));
}

function buttons(all, context) {
  return el("div", { class: "card-buttons" }, ...(all ?? []).map((one) => actionElement(one, context, { class: "card-button" }, one.title ?? one.type)));
}

// The code stays hidden until it is tapped; then the platform tells the account.
function coupon(payload, context) {
  const reveal = payload.revealed
    ? el("p", { class: "coupon-code" }, payload.revealed)
    : actionElement(payload.coupon_url ? { type: "web_url", url: payload.coupon_url } : payload, context, { class: "card-button" }, payload.coupon_url_button_title ?? "Get code");
  return el(
    "div",
    { class: "card" },
    payload.coupon_pre_message ? el("p", { class: "card-words" }, payload.coupon_pre_message) : null,
    payload.image_url ? picture(payload.image_url, { class: "card-picture" }) : null,
    el("div", { class: "card-words" }, el("strong", {}, `🎟 ${payload.title}`), payload.subtitle ? el("p", {}, payload.subtitle) : null),
    el("div", { class: "card-buttons" }, reveal),
  );
}

export function metaQuick(body) {
  return (body.quick_replies ?? []).map((one) => ({ label: one.title ?? one.content_type, action: one }));
}
