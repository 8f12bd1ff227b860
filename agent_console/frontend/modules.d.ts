declare module "htmx.org/dist/htmx.esm.js" {
  interface Htmx {
    ajax(verb: string, path: string, context: Record<string, unknown>): Promise<void>;
    process(element: Element): void;
    defineExtension(name: string, extension: Record<string, unknown>): void;
  }
  const htmx: Htmx;
  export default htmx;
}
declare module "idiomorph/dist/idiomorph.esm.js" {
  export const Idiomorph: { morph(old: Element, fresh: Element, config: Record<string, unknown>): Node[] };
}
declare module "virtual:emoji" {
  /** The character, its group, its names in English and Chinese, and the words it is found by. */
  const rows: [string, number, string, string, string][];
  export default rows;
}
