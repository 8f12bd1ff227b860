// One phone: its customers, its chat, its text box.

import * as api from "./api.js";
import { ask, el, role, toast } from "./dom.js";
import { lineQuick } from "./line.js";
import { metaQuick } from "./meta.js";
import { message } from "./render.js";
import { bubbleMenu } from "./bubble_menu.js";

export class Phone {
  constructor(section) {
    this.section = section;
    this.channel = section.dataset.phone;
    this.drawn = "";
    this.reading = null;
    this.again = false;
    this.customer = "";
    this.group = "";
    if (!role(section, "account")) return;
    role(section, "account").addEventListener("change", () => this.choose("", ""));
    role(section, "customer").addEventListener("change", (event) => this.choose(...event.target.value.split("@")));
    role(section, "composer").addEventListener("submit", (event) => this.say(event));
    role(section, "new-customer").addEventListener("click", () => this.addCustomer());
    role(section, "choose-file").addEventListener("click", () => role(section, "file").click());
    role(section, "file").addEventListener("change", (event) => this.sendFile(event.target));
    role(section, "play")?.addEventListener("change", (event) => this.play(event.target));
    for (const button of section.querySelectorAll("[data-do]")) button.addEventListener("click", () => this.fromMenu(button));
  }

  get account() {
    return role(this.section, "account")?.value;
  }

  choose(customer, group = "") {
    this.customer = customer;
    this.group = group;
    this.drawn = "";
    this.refresh();
  }

  // One read at a time; a change during a read causes one more.
  refresh() {
    if (!this.account) return Promise.resolve();
    this.again = true;
    this.reading ??= this.read();
    return this.reading;
  }

  async read() {
    try {
      while (this.again) {
        this.again = false;
        const asked = new URLSearchParams({ customer: this.customer, group: this.group });
        this.draw(await api.get(`accounts/${this.account}/phone?${asked}`));
      }
    } catch (error) {
      toast(error.message);
    } finally {
      this.reading = null;
    }
  }

  draw(state) {
    if (this.customer && state.customer.external_id !== this.customer) return;
    this.customer = state.customer.external_id;
    this.drawPickers(state);
    const seen = JSON.stringify([state.messages, state.customer]);
    if (seen === this.drawn) return;
    this.drawn = seen;
    const chat = role(this.section, "chat");
    const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80 || !chat.childElementCount;
    const nodes = state.messages.map((one) => this.drawMessage(one));
    chat.replaceChildren(...(nodes.length ? nodes : [el("p", { class: "chat-empty" }, `${state.customer.name} has not written yet. Write something below.`)]));
    if (atEnd) chat.scrollTop = chat.scrollHeight;
    for (const image of chat.querySelectorAll("img")) image.addEventListener("load", () => atEnd && (chat.scrollTop = chat.scrollHeight), { once: true });
    this.drawQuick(state.messages.at(-1));
    this.markRead(state.messages);
  }

  drawMessage(one) {
    const context = { tap: (action) => this.act("tap", { message: one.external_id, tapped: action }) };
    const menu = bubbleMenu(one, this.channel, (action, rest) => this.act(action, { message: one.external_id, ...rest }));
    return message(one, this.channel, context, menu);
  }

  drawPickers(state) {
    const select = role(this.section, "customer");
    const options = state.customers.map((one) => [one.external_id, one.name + (one.blocked ? " (blocked)" : "")]);
    for (const group of state.groups) options.push([`${state.customers[0].external_id}@${group.external_id}`, `${group.name} (group, as ${state.customers[0].name})`]);
    const wanted = this.group ? `${this.customer}@${this.group}` : this.customer;
    if (JSON.stringify(options) !== select.dataset.options) {
      select.replaceChildren(...options.map(([value, name]) => el("option", { value }, name)));
      select.dataset.options = JSON.stringify(options);
    }
    select.value = wanted;
    role(this.section, "account-name").textContent = state.account.address || state.account.name;
    role(this.section, "window").textContent = windowNote(state);
    role(this.section, "text").disabled = role(this.section, "send").disabled = state.customer.blocked;
    role(this.section, "text").placeholder = state.customer.blocked ? "Blocked. Unblock it in the ⋯ menu to write." : "Message";
  }

  drawQuick(last) {
    const replies = last?.direction === "out" ? (this.channel === "line" ? lineQuick(last.body) : metaQuick(last.body)) : [];
    const bar = role(this.section, "quick");
    bar.hidden = replies.length === 0;
    bar.replaceChildren(
      ...replies.map((one) => el("button", { type: "button", "data-role": "quick-reply", onclick: () => this.act("tap", { message: last.external_id, tapped: one.action }) }, one.label)),
    );
  }

  markRead(messages) {
    const unread = messages.some((one) => one.direction === "out" && ["sent", "delivered"].includes(one.status));
    if (unread && this.channel !== "line" && document.visibilityState === "visible" && this.section.offsetParent) this.act("read", {});
  }

  async act(action, rest) {
    // Whoever is quick writes before it is known who they are here.
    if (!this.customer) await this.refresh();
    try {
      await api.send("POST", `accounts/${this.account}/do`, { customer: this.customer, group: this.group, action, ...rest });
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  async say(event) {
    event.preventDefault();
    const box = role(this.section, "text");
    const text = box.value;
    if (!text.trim()) return;
    box.value = "";
    if (!(await this.act("say", { text }))) box.value = text;
    box.focus();
  }

  async fromMenu(button) {
    button.closest("details").open = false;
    const action = button.dataset.do;
    if (action !== "open_link") return this.act(action, {});
    const ref = await ask("The link's ref (m.me/…?ref=)", "spring");
    return ref ? this.act(action, { ref }) : undefined;
  }

  play(select) {
    const event = select.value;
    select.value = "";
    select.closest("details").open = false;
    return event ? this.act("play", { event }) : undefined;
  }

  async sendFile(input) {
    const [file] = input.files;
    input.closest("form").querySelector("details").open = false;
    if (!file) return;
    const asked = new URLSearchParams({ customer: this.customer, group: this.group });
    try {
      await api.upload(`accounts/${this.account}/photo?${asked}`, file);
    } catch (error) {
      toast(error.message);
    }
    input.value = "";
  }

  async addCustomer() {
    const name = await ask("The new customer's name");
    if (!name) return;
    try {
      const person = await api.send("POST", `accounts/${this.account}/customers`, { name });
      this.choose(person.external_id);
    } catch (error) {
      toast(error.message);
    }
  }
}

function windowNote(state) {
  if (state.faults.blocked !== undefined) return "blocked by every customer";
  if (state.group) return "group";
  if (state.window.kind === "always") return "";
  if (state.window.until === null) return "has not written yet";
  if (!state.window.open) return "reply window closed";
  const hours = Math.max(0, state.window.until - Date.now()) / 3_600_000;
  return hours >= 1 ? `window open ${Math.floor(hours)} h` : `window open ${Math.ceil(hours * 60)} min`;
}
