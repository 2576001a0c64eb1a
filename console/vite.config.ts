// One bundle for each side: `--mode platform` and `--mode box`. `npm run dev -- --mode platform` serves a bundle from
// its sources and passes everything else to the server named in MENSHEN_URL.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The pages of each bundle; the first answers every address that no other page and no file has. */
const PAGES = {
  platform: ["platform"],
  box: ["box", "pad", "welcome"],
} as const;

type Bundle = keyof typeof PAGES;

const SERVERS: Record<Bundle, string> = {
  platform: "http://127.0.0.1:8080",
  box: "http://127.0.0.1:8886",
};

/** What the server answers, not the pages. */
const SERVED = ["/api/", "/SophonMQ/", "/SophonFogSys/", "/updateWTVInfo", "/healthz", "/readyz", "/metrics"];

/** In development, addresses lead to pages as `crates/pages` leads them. */
function pages(bundle: Bundle): Plugin {
  return {
    name: "menshen-pages",
    configureServer(server) {
      server.middlewares.use((request, _answer, next) => {
        const path = (request.url ?? "/").split("?")[0] ?? "/";
        const isPage = request.headers.accept?.includes("text/html") && !/\.\w+$/.test(path);
        if (isPage && !SERVED.some((start) => path.startsWith(start))) {
          const page = PAGES[bundle].find((name) => path === `/${name}`) ?? PAGES[bundle][0];
          request.url = `/${page}.html`;
        }
        next();
      });
    },
  };
}

export default defineConfig(({ mode }) => {
  const bundle: Bundle = mode === "box" ? "box" : "platform";
  const target = process.env.MENSHEN_URL ?? SERVERS[bundle];
  const proxied = { target, ws: true, secure: false, changeOrigin: true, headers: { origin: target } };
  return {
    appType: "mpa",
    plugins: [react(), pages(bundle)],
    resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
    server: { host: "127.0.0.1", proxy: Object.fromEntries(SERVED.map((start) => [start, proxied])) },
    build: {
      outDir: `dist/${bundle}`,
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1200,
      rollupOptions: { input: PAGES[bundle].map((name) => `${name}.html`) },
    },
  };
});
