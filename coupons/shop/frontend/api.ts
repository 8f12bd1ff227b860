// What the server is asked. No network is a state of its own: the scan is kept, not lost.
export interface Undo { left_ms: number; pin: boolean }
export interface Answer {
  colour: "green" | "amber" | "red";
  title: string;
  detail: string;
  undo: Undo | null;
  coupon?: string;
  number?: string;
  shown?: string;
}
export interface Found {
  coupon: string;
  number: string;
  shown: string;
  customer: string;
  validity: string;
  stores: string;
  test: string;
}
export interface Row { at: string; coupon: string; number: string; who: string; undone: boolean; undo: Undo | null }
export interface Day { count: number; newest: Row[] }

export class NoNetwork extends Error {}
export class Broken extends Error {}

const PATIENCE_MS = 10_000;

async function ask<T>(path: string, body?: Record<string, string>): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/shop/${path}`, {
      method: body ? "POST" : "GET",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new NoNetwork();
  }
  if (answer.status === 401 || answer.status === 409) {
    location.assign(answer.status === 401 ? "/shop/login" : "/shop/stores");
    throw new Broken("signed_out");
  }
  // A proxy that answers for a server it cannot reach.
  if ([502, 503, 504].includes(answer.status)) throw new NoNetwork();
  // Whatever else is refused says nothing of the coupon: a kept scan must not be taken for settled.
  if (!answer.ok && ![422, 429].includes(answer.status)) throw new Broken("error");
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Broken("error");
  }
}

export const lookUp = (text: string) => ask<{ found?: Found; answer?: Answer }>("look-up", { text });
export const redeem = (number: string, key: string) => ask<Answer>("redeem", { number, key });
export const undo = (number: string, reason: string, pin: string, key: string) =>
  ask<{ done: boolean; text: string }>("undo", { number, reason, pin, key });
export const today = () => ask<Day>("today");
