// Files for an answer: picked, dropped or pasted; each is sent to the server at once and waits there in the tray.
import { answerField } from "./answer";
import { request } from "./request";
import { swapParts } from "./htmx";

interface Limits { url: string; words: DOMStringMap }
interface Waiting { file: File; row: HTMLLIElement; to: Limits }

const queue: Waiting[] = [];
let running = false;

const box = (): HTMLElement | null => document.querySelector<HTMLElement>("#attach");
const onTheirWay = (): HTMLElement | null => document.querySelector<HTMLElement>("#attaching");
const open = (): boolean => document.querySelector<HTMLInputElement>("#attach-files")?.disabled === false;
const tell = (): void => { document.dispatchEvent(new CustomEvent("tessera:files")); };

/** Says whether files are on their way: an answer waits for them. */
export const filesOnTheirWay = (): boolean => document.querySelector("#attaching progress") !== null;
/** Says whether files wait to go with the answer. */
export const filesAttached = (): boolean => document.querySelector("#attached [name=upload]") !== null;

/** Returns why a file cannot go, before a byte of it is sent; the server has the last word. */
function refusal(file: File, words: DOMStringMap): string | undefined {
  if (file.size > Number(words["heaviest"])) return words["tooHeavy"];
  const kind = file.type.split("/")[0] ?? "";
  if (kind !== "video" && kind !== "audio") return undefined;
  const taken = (words["taken"] ?? "").split(" ").filter(Boolean);
  // A recording of MP4 or M4A is called by either name.
  const names = file.type === "audio/x-m4a" ? ["audio/mp4"] : [file.type];
  if (taken.length > 0 && !names.some((name) => taken.includes(name))) return words["wrongType"];
  const key = kind === "video" ? "Video" : "Audio";
  if (file.size > Number(words[`most${key}`] ?? Infinity)) return words[`tooLarge${key}`]?.replace("{size}", (file.size / 1e6).toFixed(1));
  return undefined;
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function rowOf(file: File, words: DOMStringMap): HTMLLIElement {
  const row = element("li", "tray-file");
  row.dataset["role"] = "attaching";
  const named = element("span", "tray-words");
  named.append(element("span", "tray-name", file.name || "…"));
  const progress = element("progress", "tray-progress");
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", file.name);
  named.append(progress);
  const away = element("button", "btn btn-sm", words["cancel"]);
  away.type = "button";
  away.dataset["role"] = "attach-dismiss";
  row.append(named, away);
  return row;
}

function refuse(row: HTMLElement, sentence: string, words: DOMStringMap): void {
  row.querySelector("progress")?.remove();
  row.classList.add("tray-refused");
  const why = element("span", "tray-why", sentence);
  why.setAttribute("role", "alert");
  row.querySelector(".tray-words")?.append(why);
  const away = row.querySelector("button");
  if (away) away.textContent = words["remove"] ?? "";
  tell();
}

function send(waiting: Waiting): Promise<void> {
  const { file, row, to } = waiting;
  const words = to.words;
  return new Promise((done) => {
    const upload = new XMLHttpRequest();
    const bar = row.querySelector("progress");
    upload.open("POST", to.url);
    upload.setRequestHeader("HX-Request", "true");
    upload.setRequestHeader("Content-Type", "application/octet-stream");
    upload.setRequestHeader("X-File-Name", encodeURIComponent(file.name.replace(/\p{Surrogate}/gu, "_")).slice(0, 3900));
    upload.upload.onprogress = (event) => { if (bar && event.lengthComputable) bar.value = (event.loaded / event.total) * 100; };
    upload.onload = () => {
      if (upload.status === 401) location.reload();
      if (upload.status < 300) { row.remove(); swapParts(upload.responseText); } else refuse(row, upload.responseText || words["lost"] || "", words);
    };
    upload.onerror = () => refuse(row, words["lost"] ?? "", words);
    upload.onloadend = () => { tell(); done(); };
    row.querySelector("button")?.addEventListener("click", () => upload.abort(), { once: true });
    upload.send(file);
  });
}

/** One after the other: the tray keeps the order in which they were chosen. */
async function drain(): Promise<void> {
  if (running) return;
  running = true;
  for (let next = queue.shift(); next; next = queue.shift()) {
    // Cancelled while it waited, or in a conversation that was left before its turn came.
    if (next.row.isConnected || next.to.url !== box()?.dataset["url"]) await send(next);
  }
  running = false;
}

function attach(files: Iterable<File>): void {
  const here = box();
  const list = onTheirWay();
  const url = here?.dataset["url"];
  if (!here || !list || !url || !open()) return;
  const words = { ...here.dataset };
  for (const file of files) {
    const row = rowOf(file, words);
    list.append(row);
    const why = refusal(file, words);
    if (why) refuse(row, why, words);
    else queue.push({ file, row, to: { url, words } });
  }
  tell();
  void drain();
}

async function takeOut(button: HTMLElement): Promise<void> {
  const url = button.dataset["url"];
  if (!url) return;
  const answer = await request(url, { method: "POST" }).catch(() => undefined);
  if (answer?.ok) swapParts(await answer.text());
  tell();
  (document.querySelector<HTMLElement>("[data-role=attach-remove]") ?? answerField())?.focus();
}

const carriesFiles = (event: DragEvent): boolean => (event.dataTransfer?.types ?? []).includes("Files") && open();
function veil(shown: boolean): void {
  const over = document.querySelector<HTMLElement>("#drop-veil");
  if (over) over.hidden = !shown;
}

function watchDrops(): void {
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    // Else the browser would open the file in place of the console.
    event.preventDefault();
    veil(true);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) veil(false); });
  document.addEventListener("drop", (event) => {
    veil(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    attach([...(event.dataTransfer?.files ?? [])]);
  });
}

export function startAttach(): void {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-role=attach-open], [data-role=attach-remove], [data-role=attach-dismiss]");
    if (button?.dataset["role"] === "attach-open") document.querySelector<HTMLInputElement>("#attach-files")?.click();
    else if (button?.dataset["role"] === "attach-remove") void takeOut(button);
    else if (button?.dataset["role"] === "attach-dismiss") { button.closest("li")?.remove(); tell(); }
  });
  document.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.id !== "attach-files") return;
    attach([...(event.target.files ?? [])]);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || !(event.target instanceof HTMLTextAreaElement) || event.target.name !== "text") return;
    // A copied table comes as words and as a picture of them: the words are meant.
    if (event.clipboardData?.getData("text/plain")) return;
    event.preventDefault();
    attach(files);
  });
  watchDrops();
}
