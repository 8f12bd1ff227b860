// LINE Flex bubbles and carousels, drawn from their JSON.

import { el, picture } from "./dom.js";
import { actionElement } from "./actions.js";

const GAPS = { none: "0", xs: "2px", sm: "4px", md: "8px", lg: "12px", xl: "16px", xxl: "20px" };
const TEXT = { xxs: "10px", xs: "11px", sm: "12px", md: "14px", lg: "16px", xl: "18px", xxl: "22px", "3xl": "26px", "4xl": "30px", "5xl": "36px" };
const ALIGN = { start: "left", center: "center", end: "right" };
const WIDTHS = { nano: "120px", micro: "160px", deca: "180px", hecto: "200px", kilo: "220px", mega: "250px", giga: "100%" };

const gap = (value) => GAPS[value] ?? value;

export function flex(contents, context) {
  if (contents.type !== "carousel") return bubble(contents, context);
  return el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, ...contents.contents.map((one) => bubble(one, context)));
}

function bubble(one, context) {
  const card = el("div", { class: "flex-bubble", style: { width: WIDTHS[one.size ?? "mega"] }, dir: one.direction });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!one[name]) continue;
    const block = el("div", { class: `flex-${name}` }, component(one[name], context, "vertical"));
    if (one.styles?.[name]?.backgroundColor) block.style.backgroundColor = one.styles[name].backgroundColor;
    card.append(block);
  }
  return one.action ? tappable(one.action, context, card) : card;
}

function tappable(action, context, inner) {
  return actionElement(action, context, { class: "flex-tap" }, inner);
}

function component(part, context, layout) {
  const draw = { box, text, image, icon: image, button, separator, video }[part.type];
  const node = draw ? draw(part, context) : el("span", { class: "flex-filler" });
  if (part.flex !== undefined) node.style.flex = part.flex === 0 ? "0 0 auto" : `${part.flex} ${part.flex} 0`;
  else if (layout === "horizontal" && part.type !== "separator") node.style.flex = "1 1 0";
  if (part.margin && part.margin !== "none") node.style[layout === "vertical" ? "marginTop" : "marginLeft"] = gap(part.margin);
  return node;
}

function box(part, context) {
  const node = el("div", { class: "flex-box", style: { flexDirection: part.layout === "vertical" ? "column" : "row" } });
  const style = node.style;
  if (part.layout === "baseline") style.alignItems = "baseline";
  if (part.spacing) style.gap = gap(part.spacing);
  if (part.backgroundColor) style.backgroundColor = part.backgroundColor;
  if (part.cornerRadius) style.borderRadius = gap(part.cornerRadius);
  if (part.borderWidth) style.border = `1px solid ${part.borderColor ?? "#00000033"}`;
  if (part.alignItems) style.alignItems = part.alignItems.replace(/^(start|end)$/, "flex-$1");
  if (part.justifyContent) style.justifyContent = part.justifyContent.replace(/^(start|end)$/, "flex-$1");
  for (const name of ["width", "height", "maxWidth", "maxHeight"]) if (part[name]) style[name] = part[name];
  const sides = { paddingAll: "padding", paddingTop: "paddingTop", paddingBottom: "paddingBottom", paddingStart: "paddingInlineStart", paddingEnd: "paddingInlineEnd" };
  for (const [name, property] of Object.entries(sides)) if (part[name]) style[property] = gap(part[name]);
  node.append(...part.contents.map((child) => component(child, context, part.layout === "vertical" ? "vertical" : "horizontal")));
  return part.action ? tappable(part.action, context, node) : node;
}

function text(part, context) {
  const node = el("p", { class: "flex-text" });
  const spans = part.contents ?? [part];
  for (const span of spans) node.append(el("span", { style: look(span) }, span.text ?? ""));
  Object.assign(node.style, look(part), { textAlign: ALIGN[part.align] ?? "", whiteSpace: part.wrap ? "pre-wrap" : "nowrap" });
  if (part.gravity === "center") node.style.alignSelf = "center";
  return part.action ? tappable(part.action, context, node) : node;
}

function look(part) {
  return {
    color: part.color ?? "",
    fontSize: TEXT[part.size] ?? (/^\d+px$/.test(part.size ?? "") ? part.size : ""),
    fontWeight: part.weight === "bold" ? "700" : "",
    fontStyle: part.style === "italic" ? "italic" : "",
    textDecoration: { underline: "underline", "line-through": "line-through" }[part.decoration] ?? "",
  };
}

function image(part, context) {
  const node = picture(part.url, { class: part.type === "icon" ? "flex-icon" : "flex-image" });
  if (part.type === "image") {
    node.style.aspectRatio = (part.aspectRatio ?? "1:1").replace(":", " / ");
    node.style.objectFit = part.aspectMode === "cover" ? "cover" : "contain";
    if (/^\d+(px|%)$/.test(part.size ?? "")) node.style.width = part.size;
  }
  if (!part.action) return node;
  node.alt = part.action.label ?? "Open";
  return tappable(part.action, context, node);
}

function video(part, context) {
  return component(part.altContent, context, "vertical");
}

function button(part, context) {
  const node = actionElement(part.action, context, { class: `flex-button flex-${part.style ?? "link"}` }, part.action.label ?? "");
  if (part.color) node.style[part.style === "primary" || part.style === "secondary" ? "backgroundColor" : "color"] = part.color;
  return node;
}

function separator(part) {
  return el("hr", { class: "flex-separator", style: { borderColor: part.color ?? "" } });
}
