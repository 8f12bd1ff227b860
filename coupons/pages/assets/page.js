// The claim's page: opens the coupon once a person sees it, counts down, copies.
const TOAST_MS = 2500;
const SLEPT_MS = 2000;

function card() {
  return document.querySelector("main");
}

async function open() {
  const answer = await fetch(`${card().dataset.path}/open`, {
    method: "POST",
    headers: { "X-Tessera-Part": "main" },
    credentials: "omit",
    cache: "no-store",
  });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  if (fresh) {
    card().replaceWith(document.adoptNode(fresh));
    countDown();
  }
}

function openOnceSeen() {
  if (!card().dataset.open || document.prerendering) return;
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
    if (remaining <= 0) main.querySelector(".code")?.remove();
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

async function copy(code) {
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    const field = document.createElement("textarea"); // in-app browsers without the clipboard API
    field.value = code;
    field.readOnly = true;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(button.dataset.copy);
  toast(button.dataset.said + button.dataset.copy);
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".redeem[open]")) document.querySelector("#pin")?.focus();
}, true);
document.addEventListener("visibilitychange", openOnceSeen);
document.addEventListener("prerenderingchange", openOnceSeen);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
openOnceSeen();
countDown();
