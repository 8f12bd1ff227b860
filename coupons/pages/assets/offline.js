// Asks the service worker to keep a copy of the page, and promises it only once it is kept.
const WORKER = "/c/worker.js";

async function keep(card) {
  await navigator.serviceWorker.register(WORKER, { scope: "/c/" });
  const { active } = await navigator.serviceWorker.ready;
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => {
    const promise = card.querySelector(".kept");
    if (promise) promise.hidden = event.data !== "kept";
  };
  active.postMessage({ type: "keep", path: card.dataset.path, lang: card.dataset.lang }, [channel.port2]);
}

document.addEventListener("claim:shown", (event) => {
  const card = event.detail;
  if (!("serviceWorker" in navigator)) return;
  if (card.dataset.keep) {
    keep(card).catch(() => {}); // a browser that forbids it is promised nothing
  } else {
    navigator.serviceWorker.controller?.postMessage({ type: "drop", path: card.dataset.path });
  }
});
