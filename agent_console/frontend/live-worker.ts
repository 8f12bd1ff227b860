// A SharedWorker: one stream for all tabs of a browser.
import { Stream, type Word } from "./stream";

interface Shared { onconnect: ((event: MessageEvent) => void) | null }
const ports = new Set<MessagePort>();
let stream: Stream | undefined;

function tellAll(word: Word): void {
  for (const port of ports) port.postMessage(word);
  if (word.type === "state" && word.state === "ended") stream = undefined;
}

(self as unknown as Shared).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = (message: MessageEvent<{ type: string; url: string; cursor: string }>) => {
    if (message.data.type === "bye") { ports.delete(port); if (!ports.size) { stream?.close(); stream = undefined; } }
    else if (message.data.type === "wake") stream?.retryNow();
    else if (stream) port.postMessage({ type: "state", state: stream.state, cursor: stream.cursor } satisfies Word);
    else stream = new Stream(message.data.url, message.data.cursor, tellAll);
  };
  port.start();
};
