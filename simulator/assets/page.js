// Starts the page: four phones, faults, wire log, and the stream that says what changed.

import { role, toast } from "./dom.js";
import { Phone } from "./phone.js";
import { Side } from "./side.js";
import { Wire } from "./wire.js";

const phones = [...document.querySelectorAll("[data-phone]")].map((section) => new Phone(section));
const side = new Side(document.querySelector(".side"));
const wire = new Wire(document.querySelector(".wire"));
const names = Object.fromEntries([...side.select.options].map((option) => [option.value, option.textContent.trim()]));
let versions = {};

for (const tab of document.querySelectorAll("[data-show]")) {
  tab.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[data-show]")) other.setAttribute("aria-pressed", String(other === tab));
    for (const phone of phones) phone.section.toggleAttribute("data-shown", phone.channel === tab.dataset.show);
    phones.find((phone) => phone.channel === tab.dataset.show).refresh();
  });
}

// Menus close when something else is clicked, and on Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

function changed(fresh) {
  for (const [account, version] of Object.entries(fresh)) {
    if (versions[account] === version) continue;
    for (const phone of phones) if (phone.account === account) phone.refresh();
    if (side.account === account) side.refresh().catch((error) => toast(error.message));
    wire.refresh(account, names[account] ?? account).catch((error) => toast(error.message));
  }
  versions = fresh;
}

function follow() {
  const stream = new EventSource("api/live");
  const note = role(document, "connection");
  stream.addEventListener("open", () => {
    note.textContent = "live";
    note.dataset.state = "live";
  });
  stream.addEventListener("versions", (event) => changed(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    note.textContent = "not connected, trying again";
    note.dataset.state = "lost";
  });
}

follow();
