// Undo: a reason, and the PIN that redeemed where it was somebody else's.
import * as api from "./api";
import { by, newKey, toast, word } from "./dom";

let number = "";
let key = "";
let after: () => void = () => {};

export function ask(what: string, claim: string, undo: api.Undo, done: () => void): void {
  number = claim;
  key = newKey();
  after = done;
  by("undo-what").textContent = what;
  by("undo-error").textContent = "";
  by<HTMLFormElement>("undo-form").reset();
  by("undo-pin-part").hidden = !undo.pin;
  by<HTMLInputElement>("undo-pin").required = undo.pin;
  by<HTMLDialogElement>("undo-dialog").showModal();
  by("undo-reason").focus();
}

async function send(event: Event): Promise<void> {
  event.preventDefault();
  const button = by<HTMLButtonElement>("undo-yes");
  button.disabled = true;
  try {
    const reason = by<HTMLInputElement>("undo-reason").value;
    const told = await api.undo(number, reason, by<HTMLInputElement>("undo-pin").value, key);
    if (!told.done) {
      by("undo-error").textContent = told.text;
      return;
    }
    by<HTMLDialogElement>("undo-dialog").close();
    toast(told.text);
    after();
  } catch (error) {
    by("undo-error").textContent = word(error instanceof api.NoNetwork ? "offline" : "error");
  } finally {
    button.disabled = false;
  }
}

by("undo-form").addEventListener("submit", (event) => void send(event));
by("undo-no").addEventListener("click", () => by<HTMLDialogElement>("undo-dialog").close());
