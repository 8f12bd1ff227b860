// The full-screen answer: a colour, a word and a sign, one reason, and a big button for the next customer.
import type { Answer } from "./api";
import { by } from "./dom";
import { refresh } from "./day";
import * as undo from "./undo";

const SIGNS = { green: "✓", amber: "!", red: "✕", kept: "…" };
let timer = 0;
let onNext: () => void = () => {};

export function whenNext(handler: () => void): void {
  onNext = handler;
}

export function show(answer: Omit<Answer, "colour"> & { colour: Answer["colour"] | "kept" }): void {
  const box = by("answer");
  box.dataset.colour = answer.colour;
  by("answer-sign").textContent = SIGNS[answer.colour];
  by("answer-title").textContent = answer.title;
  by("answer-coupon").textContent = answer.coupon ?? "";
  by("answer-detail").textContent = answer.detail;
  offerUndo(answer);
  box.hidden = false;
  document.body.classList.add("answered");
  by("next").focus();
}

export function hide(): void {
  by("answer").hidden = true;
  document.body.classList.remove("answered");
  clearInterval(timer);
}

function offerUndo(answer: Omit<Answer, "colour">): void {
  clearInterval(timer);
  const button = by("undo");
  const { undo: left, number } = answer;
  button.hidden = !left || !number;
  if (!left || !number) return;
  const ends = performance.now() + left.left_ms;
  const tick = () => {
    const seconds = Math.ceil((ends - performance.now()) / 1000);
    if (seconds <= 0) {
      button.hidden = true;
      clearInterval(timer);
      return;
    }
    by("undo-left").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  timer = window.setInterval(tick, 500);
  tick();
  button.onclick = () => undo.ask([answer.coupon, answer.detail].filter(Boolean).join(" · "), number, left, () => {
    void refresh();
    onNext();
  });
}

by("next").addEventListener("click", () => onNext());
