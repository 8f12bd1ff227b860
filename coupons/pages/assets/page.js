// The claim's page: opens the coupon once a person sees it, counts down, copies, turns by itself;
// watch.js and offline.js hear "claim:shown" and answer with "claim:changed".
const TOAST_MS = 3000;
const SLEPT_MS = 2000;
const OFFLINE = document.documentElement.dataset.offline === "1";

function card() {
  return document.querySelector("main");
}

function put(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!fresh) return;
  const opened = [...card().querySelectorAll("details[open] > summary")].map((one) => one.textContent);
  card().replaceWith(document.adoptNode(fresh));
  for (const one of fresh.querySelectorAll("details > summary")) {
    one.parentElement.open ||= opened.includes(one.textContent);
  }
  begin();
}

async function open() {
  const answer = await fetch(`${card().dataset.path}/open`, {
    method: "POST",
    headers: { "X-Tessera-Part": "main" },
    credentials: "omit",
    cache: "no-store",
  });
  if (answer.ok) put(await answer.text());
}

async function renew() {
  const answer = await fetch(card().dataset.path, { cache: "no-store", credentials: "omit" });
  if (answer.ok) put(await answer.text());
}

function openOnceSeen() {
  if (OFFLINE || !card()?.dataset.open || document.prerendering) return;
  if (document.visibilityState === "visible") {
    document.removeEventListener("visibilitychange", openOnceSeen);
    open().catch(() => {}); // the button stays and does the same
  }
}

function text(seconds, days) {
  const pad = (value) => String(value).padStart(2, "0");
  const rest = seconds % 86400;
  const clock = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60].map(pad).join(":");
  const whole = Math.floor(seconds / 86400);
  return whole ? `${days.replace("{n}", whole)} ${clock}` : clock;
}

// The server's instant and the time since: right on a phone whose clock is wrong.
let timer = 0;
function countDown() {
  clearInterval(timer);
  const main = card();
  const { now, ends, starts, days } = main.dataset;
  const goal = Number(ends || starts);
  const clock = main.querySelector("[data-clock]");
  if (!goal || !clock) return;
  const began = performance.now();
  const wall = Date.now();
  const tick = () => {
    const passed = performance.now() - began;
    const remaining = goal - Number(now) - passed;
    const slept = Math.abs(Date.now() - wall - passed) > SLEPT_MS;
    if (remaining > 0) clock.textContent = text(Math.ceil(remaining / 1000), days);
    if (remaining > 0 && !slept) return;
    clearInterval(timer);
    if (remaining <= 0) main.querySelectorAll(".code, .redeem").forEach((part) => part.remove());
    location.replace(main.dataset.path);
  };
  timer = setInterval(tick, 250);
  tick();
}

let toastTimer = 0;
function toast(words) {
  const box = document.querySelector(".toast");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, TOAST_MS);
}

// In-app browsers may have no clipboard, or refuse it; what is left is the code itself, selected.
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = code;
    field.readOnly = true;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function select(button) {
  const code = button.parentElement.querySelector("code");
  if (code) getSelection().selectAllChildren(code);
}

// The screen stays on while a till may have to read it; where a browser cannot, nothing is promised.
let lock = null;
async function stayAwake() {
  const wanted = document.visibilityState === "visible" && document.querySelector(".barcode");
  if (!wanted) {
    await lock?.release();
    lock = null;
  } else if (!lock && navigator.wakeLock) {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => { lock = null; });
  }
}

function begin() {
  if (!card()?.dataset.path) return;
  countDown();
  stayAwake().catch(() => {});
  document.querySelectorAll("[data-close]").forEach((button) => { button.hidden = false; });
  if (!OFFLINE) document.dispatchEvent(new CustomEvent("claim:shown", { detail: card() }));
}

document.addEventListener("click", async (event) => {
  const closing = event.target.closest("[data-close]");
  if (closing) closing.closest("details").open = false;
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const done = await copy(button.dataset.copy);
  if (!done) select(button);
  toast((done ? button.dataset.said : button.dataset.byHand) + button.dataset.copy);
});
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.closest(".mine")) return;
  event.preventDefault();
  const said = form.querySelector(".said");
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { "X-Tessera-Part": "words" }, credentials: "omit" });
    said.textContent = (await answer.json()).said;
  } catch {
    form.submit(); // whatever went wrong is said by the page that answers
  }
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".redeem[open]")) event.target.querySelector("#pin")?.focus();
}, true);
document.addEventListener("claim:changed", () => { renew().catch(() => {}); });
document.addEventListener("visibilitychange", openOnceSeen);
document.addEventListener("visibilitychange", () => { stayAwake().catch(() => {}); });
document.addEventListener("prerenderingchange", openOnceSeen);
addEventListener("online", () => { if (OFFLINE) location.reload(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
openOnceSeen();
begin();
