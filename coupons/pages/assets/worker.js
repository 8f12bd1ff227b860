// Keeps a claim's page for a shop without reception: only while its code is shown, never beyond its end.
// The server says until when in a header of the page; a page without it is not kept, and an old copy goes.
const COPIES = "tessera-claims-1";
const FILES = "tessera-files-1";
const UNTIL = "X-Tessera-Keep-Until";
const NOW = "X-Tessera-Now";
const OFFSET = "X-Tessera-Offset";
const ENDLESS_MS = 7 * 24 * 3600 * 1000;
const CLAIM = /^\/c\/[A-Za-z0-9_-]{16,40}$/;
const FILE = /\/(?:assets\/pages|media\/coupons)\/[A-Za-z0-9_.?=&-]+/g;
const SLOW_MS = 6000;
const MOST_FILES = 60;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function keepFiles(html, lang) {
  const cache = await caches.open(FILES);
  const wanted = [...new Set(html.match(FILE) ?? []), ...(lang ? [`/c/offline/${lang}`] : [])];
  await Promise.all(wanted.map(async (address) => {
    if (!(await cache.match(address))) await cache.add(address);
  }));
  const old = (await cache.keys()).slice(0, -MOST_FILES);
  await Promise.all(old.map((one) => cache.delete(one)));
}

// The page as it came, with the difference between the server's clock and the phone's.
async function keep(path, answer) {
  const cache = await caches.open(COPIES);
  const until = answer.ok && !answer.redirected ? answer.headers.get(UNTIL) : null;
  if (until === null) {
    await cache.delete(path);
    return false;
  }
  const headers = new Headers(answer.headers);
  headers.set(OFFSET, String(Number(headers.get(NOW)) - Date.now()));
  if (until === "0") headers.set(UNTIL, String(Number(headers.get(NOW)) + ENDLESS_MS));
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  await cache.put(path, new Response(await answer.blob(), { headers }));
  return true;
}

async function copyOf(path) {
  const cache = await caches.open(COPIES);
  const kept = await cache.match(path);
  if (!kept) return null;
  const now = Date.now() + Number(kept.headers.get(OFFSET));
  if (now >= Number(kept.headers.get(UNTIL))) {
    await cache.delete(path);
    return null;
  }
  const html = (await kept.text())
    .replace("<html ", '<html data-offline="1" ')
    .replace(/data-now="\d+"/, `data-now="${now}"`);
  return new Response(html, { headers: kept.headers });
}

async function nothingHere() {
  const cache = await caches.open(FILES);
  const pages = (await cache.keys()).filter((one) => new URL(one.url).pathname.startsWith("/c/offline/"));
  return pages.length ? cache.match(pages[pages.length - 1]) : Response.error();
}

async function page(request, path) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), SLOW_MS);
  try {
    const answer = await fetch(request, { signal: patience.signal });
    await keep(path, answer.clone());
    return answer;
  } catch {
    return (await copyOf(path)) ?? nothingHere();
  } finally {
    clearTimeout(timer);
  }
}

async function file(request) {
  const kept = await (await caches.open(FILES)).match(request.url);
  return kept ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && CLAIM.test(url.pathname)) {
    event.respondWith(page(request, url.pathname));
  } else if (url.pathname.startsWith("/assets/pages/") || url.pathname.startsWith("/media/coupons/")) {
    event.respondWith(file(request));
  }
});

self.addEventListener("message", (event) => {
  const { type, path, lang } = event.data ?? {};
  if (typeof path !== "string" || !CLAIM.test(path)) return;
  const work = async () => {
    if (type === "drop") {
      await (await caches.open(COPIES)).delete(path);
      return;
    }
    const answer = await fetch(path, { cache: "no-store", credentials: "omit" });
    const html = await answer.clone().text();
    const kept = await keep(path, answer);
    if (kept) await keepFiles(html, lang);
    event.ports[0]?.postMessage(kept ? "kept" : "not");
  };
  event.waitUntil(work().catch(() => event.ports[0]?.postMessage("not")));
});
