// One event stream with resume: reopened with a growing pause, from the last id it saw.

export type State = "connecting" | "live" | "reconnecting" | "offline" | "ended";
/** Where a colleague is: what they do in a conversation, and for how many seconds that is known. */
export interface Present { conversation: string; member: string; name: string; state: "looking" | "writing" | "gone"; left: number }
export interface Change { kind: string; subject: string; detail: Record<string, unknown> }
export type Word =
  | { type: "state"; state: State; cursor: string }
  | { type: "change"; change: Change; cursor: string }
  | { type: "presence"; present: Present; cursor: string }
  | { type: "reset"; cursor: string };

const places = (cursor: string): bigint[] => cursor.split("-").map((part) => (/^\d+$/.test(part) ? BigInt(part) : 0n));

/** Whether the cursor `one` lies behind `two`. */
export function after(one: string, two: string): boolean {
  const [a, b] = [places(one), places(two)];
  return (a[0] ?? 0n) > (b[0] ?? 0n) || (a[0] === b[0] && (a[1] ?? 0n) > (b[1] ?? 0n));
}

const PAUSES_MS = [300, 1000, 2000, 5000, 10000];
const SILENCE_MS = 40_000;

export class Stream {
  state: State = "connecting";
  private source: EventSource | undefined;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(private url: string, public cursor: string, private tell: (word: Word) => void) {
    this.open();
    self.addEventListener("online", () => this.retryNow());
    self.addEventListener("offline", () => this.lost());
  }

  /** Tries again at once, for instance when the page is looked at again. */
  retryNow(): void {
    if (this.state === "reconnecting" || this.state === "offline") this.open();
  }

  close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    this.source?.close();
  }

  private open(): void {
    this.close();
    const source = new EventSource(`${this.url}?after=${encodeURIComponent(this.cursor)}`);
    this.source = source;
    const heard = (event: MessageEvent): void => {
      if (event.lastEventId) this.cursor = event.lastEventId;
      clearTimeout(this.watchdog);
      this.watchdog = setTimeout(() => this.lost(), SILENCE_MS);
    };
    source.addEventListener("hello", (event) => { heard(event); this.tries = 0; this.become("live"); });
    source.addEventListener("beat", heard);
    source.addEventListener("reset", (event) => { heard(event); this.tell({ type: "reset", cursor: this.cursor }); });
    source.addEventListener("change", (event) => {
      heard(event);
      this.tell({ type: "change", change: JSON.parse(event.data) as Change, cursor: this.cursor });
    });
    source.addEventListener("presence", (event) => {
      heard(event);
      this.tell({ type: "presence", present: JSON.parse(event.data) as Present, cursor: this.cursor });
    });
    source.addEventListener("end", () => { this.close(); this.become("ended"); });
    source.onerror = () => this.lost();
  }

  private lost(): void {
    if (this.state === "ended") return;
    this.close();
    this.become(navigator.onLine ? "reconnecting" : "offline");
    const pause = PAUSES_MS[Math.min(this.tries, PAUSES_MS.length - 1)] ?? 1000;
    this.tries += 1;
    this.timer = setTimeout(() => this.open(), pause * (0.75 + Math.random() / 2));
  }

  private become(state: State): void {
    this.state = state;
    this.tell({ type: "state", state, cursor: this.cursor });
  }
}
