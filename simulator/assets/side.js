// The faults panel and the form for a new account.

import * as api from "./api.js";
import { role, toast } from "./dom.js";

export class Side {
  constructor(root) {
    this.root = root;
    this.select = role(root, "fault-account");
    this.select.addEventListener("change", () => this.refresh());
    for (const item of root.querySelectorAll("[data-fault]")) {
      role(item, "fault").addEventListener("change", () => this.change(item));
      role(item, "amount")?.addEventListener("change", () => role(item, "fault").checked && this.change(item));
    }
    role(root, "account-form")?.addEventListener("submit", (event) => this.add(event));
    role(root, "verify").addEventListener("click", () => this.verify());
  }

  get account() {
    return this.select.value;
  }

  async refresh() {
    const asked = this.account;
    if (!asked) return;
    const { faults } = await api.get(`accounts/${asked}/phone`);
    if (asked === this.account) this.draw(faults); // another account may have been chosen meanwhile
  }

  draw(faults) {
    const channel = this.select.selectedOptions[0].dataset.channel;
    for (const item of this.root.querySelectorAll("[data-fault]")) {
      item.hidden = !item.dataset.channels.split(" ").includes(channel);
      role(item, "fault").checked = item.dataset.fault in faults;
      const amount = role(item, "amount");
      if (amount && faults[item.dataset.fault] && document.activeElement !== amount) amount.value = faults[item.dataset.fault];
    }
  }

  async change(item) {
    const on = role(item, "fault").checked;
    const asked = this.account;
    try {
      const amount = Number(role(item, "amount")?.value ?? 0);
      const { faults } = await api.send("PUT", `accounts/${asked}/faults/${item.dataset.fault}`, { on, amount });
      if (asked === this.account) this.draw(faults);
    } catch (error) {
      toast(error.message);
      await this.refresh();
    }
  }

  async add(event) {
    event.preventDefault();
    try {
      await api.send("POST", "accounts", Object.fromEntries(new FormData(event.target)));
      location.reload();
    } catch (error) {
      toast(error.message);
    }
  }

  async verify() {
    if (!this.account) return;
    try {
      toast((await api.send("POST", `accounts/${this.account}/verify`, {})).text);
    } catch (error) {
      toast(error.message);
    }
  }
}
