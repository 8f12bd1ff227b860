// Bundles the console into agent_console/static/ with hashed names and a manifest the templates read.
import { readFileSync } from "node:fs";
import { PurgeCSS } from "purgecss";
import { defineConfig } from "vite";

const ICONS = [
  "address-book", "alert-triangle", "arrow-left", "arrow-right", "arrows-join", "at", "ban", "bell", "eraser", "user-off", "check", "checks", "circle-check", "clock", "copy",
  "corner-up-left", "download", "eye", "file", "filter", "gauge", "gift", "hand-click", "help-circle", "inbox", "info-circle",
  "language", "lock", "logout", "mail", "map-pin", "message-circle", "microphone", "movie", "braces", "mood-smile", "paperclip", "square-rounded-plus", "pencil", "photo",
  "plug-connected", "plus", "refresh", "robot", "search", "send", "settings", "share", "sort-descending", "sticker", "sun", "ticket", "trash", "user",
  "arrow-down", "arrow-up", "building-store", "list-details", "message-2", "player-pause", "player-play", "tags",
  "chevron-left", "chevron-right", "external-link", "file-music", "file-spreadsheet", "file-text", "file-type-pdf", "file-zip",
  "history", "phone", "template", "zoom-in", "zoom-out",
  "chart-bar", "key", "webhook",
  "keyboard", "message-2-bolt", "user-check", "users", "video", "wifi-off", "x", "zzz",
];

/** Gathers the icons in use into one sprite; each keeps its name as its id. */
function sprite() {
  const symbol = (name) => {
    const svg = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
      `stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  };
  return {
    name: "tessera-sprite",
    apply: "build",
    generateBundle() {
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${ICONS.map(symbol).join("")}</svg>`;
      this.emitFile({ type: "asset", name: "icons.svg", originalFileName: "icons.svg", source });
    },
  };
}

/** All emoji with their names in English and Chinese, without what a picker does not need. */
function emoji() {
  const read = (language) => JSON.parse(readFileSync(`node_modules/emojibase-data/${language}/compact.json`, "utf8"));
  const said = (one) => [one.label, ...(one.tags ?? [])].join(" ");
  return {
    name: "tessera-emoji",
    resolveId: (id) => (id === "virtual:emoji" ? "\0virtual:emoji" : undefined),
    load(id) {
      if (id !== "\0virtual:emoji") return undefined;
      const chinese = new Map(read("zh-hant").map((one) => [one.unicode, one]));
      const rows = read("en").filter((one) => one.group !== undefined && one.group !== 2).sort((a, b) => a.order - b.order)
        .map((one) => [one.unicode, one.group, one.label, chinese.get(one.unicode)?.label ?? one.label, `${said(one)} ${said(chinese.get(one.unicode) ?? one)}`.toLowerCase()]);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(rows))});`;
    },
  };
}

// What the guides are made of, which are written in Markdown.
const ELEMENTS = "h1 h2 h3 h4 h5 h6 p a ol ul li dl dt dd pre code kbd blockquote hr em strong small img table thead tbody tr th td".split(" ");

/** Leaves of Tabler's styles, nine tenths of which are for what the console has not, those that its pages and scripts name. */
function named() {
  const content = ["templates/**/*.html", "frontend/**/*.ts", "**/*.py"].map((found) => `agent_console/${found}`);
  return {
    name: "tessera-named-styles",
    enforce: "pre",
    async transform(raw, id) {
      if (!/\/@tabler\/core\/.*\.css/.test(id)) return undefined;
      const words = (text) => text.match(/[\w-]+/g) ?? [];
      const [kept] = await new PurgeCSS().purge({ content, css: [{ raw }], keyframes: true, safelist: ELEMENTS, defaultExtractor: words });
      return { code: kept.css, map: null };
    },
  };
}

export default defineConfig({
  base: "/console/static/",
  publicDir: false,
  plugins: [sprite(), emoji(), named()],
  worker: { format: "es" },
  build: {
    outDir: "agent_console/static",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    rollupOptions: { input: "agent_console/frontend/main.ts" },
  },
});
