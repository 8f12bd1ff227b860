// A button of a message: opens a page, copies, or tells the platform that it was tapped.

import { copy, el, link } from "./dom.js";

// Each messenger names the same three things differently.
function kind(action) {
  if (action.uri ?? (action.type === "web_url" ? action.url : undefined)) return { open: action.uri ?? action.url };
  if (action.clipboardText) return { copy: action.clipboardText };
  if (action.type === "phone_number") return { open: `tel:${action.payload}` };
  if (action.type === "URL") return { open: action.url };
  if (action.type === "PHONE_NUMBER") return { open: `tel:${action.phone}` };
  if (action.type === "COPY_CODE") return { copy: action.code };
  return { tap: action };
}

export function actionElement(action, context, properties, ...children) {
  const what = kind(action);
  if (what.open) return link(what.open, { ...properties, "data-role": "action" }, ...children);
  const act = what.copy ? () => copy(what.copy) : () => context.tap(action);
  return el("button", { ...properties, type: "button", "data-role": "action", onclick: act }, ...children);
}
