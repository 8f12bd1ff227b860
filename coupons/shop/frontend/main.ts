// The verifier's page: scan or type, look, confirm, see one clear answer, next.
import "./shop.css";
import * as answer from "./answer";
import * as api from "./api";
import * as camera from "./camera";
import { refresh } from "./day";
import { by, couponNumber, grouped, newKey, word } from "./dom";
import { connected, remember } from "./settle";

const PARTS = ["scan", "found"] as const;
let number = "";
let key = "";
let busy = false;

function showPart(name: (typeof PARTS)[number]): void {
  for (const part of PARTS) by(part).hidden = part !== name;
}

function next(): void {
  answer.hide();
  showPart("scan");
  by<HTMLFormElement>("number-form").reset();
  by("number-error").textContent = "";
  busy = false;
  camera.resume();
  void refresh();
}

async function look(text: string): Promise<void> {
  if (busy || !text.trim()) return;
  busy = true;
  camera.pause();
  by("number-error").textContent = "";
  try {
    const told = await api.lookUp(text);
    connected(true);
    if (told.found) return confirmFound(told.found);
    if (told.answer) return answer.show(told.answer);
    complain("error");
  } catch (error) {
    if (error instanceof api.NoNetwork) offerToKeep(text);
    else complain("error");
  }
}

function complain(name: string): void {
  by("number-error").textContent = word(name);
  busy = false;
  camera.resume();
}

function confirmFound(found: api.Found): void {
  number = found.number;
  key = newKey();
  fill(found.coupon, found.customer, found.validity, found.stores, found.shown);
  by("found-test").textContent = found.test;
  by("found-test").hidden = !found.test;
  by("confirm").textContent = word("confirm");
}

function fill(coupon: string, customer: string, validity: string, stores: string, shown: string): void {
  const texts = { name: coupon, customer, validity, stores, number: shown, error: "" };
  for (const [part, text] of Object.entries(texts)) by(`found-${part}`).textContent = text || (part === "error" ? "" : "–");
  showPart("found");
  by("found-name").focus();
}

function offerToKeep(text: string): void {
  connected(false);
  number = couponNumber(text);
  if (!number) return complain("offline_number");
  key = newKey();
  fill(word("offline"), "", "", "", grouped(number));
  by("found-test").hidden = true;
  by("confirm").textContent = word("keep");
}

async function confirmed(): Promise<void> {
  const button = by<HTMLButtonElement>("confirm");
  button.disabled = true;
  try {
    answer.show(await api.redeem(number, key));
    connected(true);
    void refresh();
  } catch (error) {
    if (error instanceof api.NoNetwork) await keepScan();
    else by("found-error").textContent = word("error");
  } finally {
    button.disabled = false;
  }
}

async function keepScan(): Promise<void> {
  connected(false);
  try {
    await remember({ key, number, at: Date.now() });
  } catch {
    by("found-error").textContent = word("offline"); // a browser that lets nothing be kept
    return;
  }
  const detail = word("provisional_text", { number: grouped(number) });
  answer.show({ colour: "kept", title: word("provisional"), detail, undo: null });
}

answer.whenNext(next);
camera.onSeen((text) => void look(text));
by("number-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void look(by<HTMLInputElement>("number").value);
});
by("confirm").addEventListener("click", () => void confirmed());
by("cancel").addEventListener("click", next);
by("start").addEventListener("click", () => void camera.start());
void camera.offer();
void refresh();
