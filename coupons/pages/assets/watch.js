// Waits for news of the claim while the page is looked at: a stream of one word, or asking now and then.
const FIRST_MS = 4000;
const LONGEST_MS = 30000;
const GROWTH = 1.5;

let card = null;
let source = null;
let timer = 0;
let wait = FIRST_MS;

function stop() {
  source?.close();
  source = null;
  clearTimeout(timer);
}

function seen() {
  return card?.dataset.watch && document.visibilityState === "visible";
}

// `word` is the claim's state; the page is drawn anew when it shows another one.
function hear(word) {
  if (!word || word === card.dataset.version) return;
  stop();
  document.dispatchEvent(new CustomEvent("claim:changed"));
}

async function ask() {
  const answer = await fetch(`${card.dataset.path}/state`, { cache: "no-store", credentials: "omit" });
  if (answer.ok) hear((await answer.json()).version);
}

function poll() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    await ask().catch(() => {});
    wait = Math.min(wait * GROWTH, LONGEST_MS);
    if (seen()) poll();
  }, wait);
}

function listen() {
  stop();
  if (!seen()) return;
  wait = FIRST_MS;
  if (!("EventSource" in window)) {
    poll();
    return;
  }
  source = new EventSource(`${card.dataset.path}/live`);
  source.addEventListener("state", (event) => hear(event.data));
  source.addEventListener("error", () => {
    // Closed for good means full or refused; otherwise the browser comes back by itself.
    if (source?.readyState === EventSource.CLOSED) poll();
  });
}

document.addEventListener("claim:shown", (event) => { card = event.detail; listen(); });
document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", stop);
