// The camera and the barcode reader. Whatever is missing, the number can be typed; the reason is shown.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";
import { by, word } from "./dom";

const EVERY_MS = 120;
const WIDEST = 960;
const SAME_AGAIN_MS = 2500;
const FORMATS = ["QRCode", "Code128", "Code39", "EAN13"] as const;

let stream: MediaStream | null = null;
let paused = true;
let seen: (text: string) => void = () => {};
let last = { text: "", until: 0 };

export function onSeen(handler: (text: string) => void): void {
  seen = handler;
}

/** Says why the camera cannot work here at all, "" when it may. */
function hindrance(): string {
  if (!window.isSecureContext) return "camera_insecure";
  return "mediaDevices" in navigator ? "" : "camera_absent";
}

function reasonOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "camera_denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "camera_absent" : "camera_broken";
}

function tell(name: string): void {
  by("aim").textContent = name ? word(name) : "";
  by("camera").classList.toggle("failed", name.startsWith("camera_"));
}

async function ready(): Promise<void> {
  await prepareZXingModule({
    overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? wasm : prefix + path) },
    fireImmediately: true,
  });
}

export async function start(): Promise<void> {
  const wrong = hindrance();
  if (wrong) return fail(wrong);
  by("start").hidden = true;
  tell("starting");
  try {
    const asked = { video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false };
    [stream] = await Promise.all([navigator.mediaDevices.getUserMedia(asked), ready()]);
    const video = by<HTMLVideoElement>("video");
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
  } catch (error) {
    stop();
    return fail(reasonOf(error));
  }
  stream.getVideoTracks()[0]?.addEventListener("ended", () => fail("camera_broken"));
  tell("aim");
  resume();
}

function fail(name: string): void {
  const gone = ["camera_insecure", "camera_absent"].includes(name);
  by("start").hidden = gone;
  by("video").hidden = true;
  tell(name);
}

function stop(): void {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
}

/** Starts by itself where the camera was allowed before; says at once where it cannot work. */
export async function offer(): Promise<void> {
  const wrong = hindrance();
  if (wrong) return fail(wrong);
  try {
    const state = await navigator.permissions.query({ name: "camera" as PermissionName });
    if (state.state === "granted") await start();
    if (state.state === "denied") fail("camera_denied");
  } catch {
    // Browsers that cannot say: the button asks.
  }
}

export function pause(): void {
  paused = true;
}

export function resume(): void {
  if (!stream || !paused) return;
  paused = false;
  last.until = performance.now() + SAME_AGAIN_MS;
  void look();
}

const canvas = document.createElement("canvas");
async function look(): Promise<void> {
  const video = by<HTMLVideoElement>("video");
  while (!paused && stream) {
    const began = performance.now();
    const text = document.hidden || !video.videoWidth ? "" : await read(video);
    // The phone just redeemed is often still in view: its code counts again only after a moment.
    const fresh = text !== last.text || performance.now() > last.until;
    if (text && fresh && !paused) {
      paused = true;
      last.text = text;
      navigator.vibrate?.(60);
      seen(text);
    }
    await new Promise((later) => setTimeout(later, Math.max(20, EVERY_MS - (performance.now() - began))));
  }
}

async function read(video: HTMLVideoElement): Promise<string> {
  const scale = Math.min(1, WIDEST / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  if (!drawing) return "";
  drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
  const picture = drawing.getImageData(0, 0, canvas.width, canvas.height);
  const found = await readBarcodes(picture, { formats: [...FORMATS], maxNumberOfSymbols: 1, tryHarder: true });
  return found.find((one) => one.isValid)?.text ?? "";
}

// Another app, or a locked phone: the camera is let go, and taken again on return.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    if (stream) pause();
  } else if (stream?.active) {
    if (by("found").hidden && by("answer").hidden) resume();
  } else if (stream) {
    void start();
  }
});
