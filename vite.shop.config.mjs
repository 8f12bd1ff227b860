// Bundles the verifiers' page into coupons/shop/static/, the barcode reader's WebAssembly with it.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/assets/shop/",
  publicDir: false,
  build: {
    outDir: "coupons/shop/static",
    assetsDir: "",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    rollupOptions: { input: "coupons/shop/frontend/main.ts" },
  },
});
