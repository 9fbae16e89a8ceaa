import { fileURLToPath, URL } from "node:url";

import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import Components from "unplugin-vue-components/vite";
import { defineConfig } from "vitest/config";


const backend = process.env.KBOSS_BACKEND ?? "http://127.0.0.1:8000";
const backendPaths = ["/api", "/_allauth", "/admin", "/static", "/callbacks", "/accounts"];

/** Which chunk a library goes to: what changes together is cached together. */
function chunkOf(id: string): string | undefined {
  const language = /\/src\/locales\/([\w-]+)\//.exec(id)?.[1];
  if (language) return `language-${language}`;
  if (!id.includes("node_modules")) return undefined;
  if (/node_modules\/(element-plus|@element-plus|@vueuse|@floating-ui|@popperjs|async-validator|dayjs|lodash)/.test(id)) return "element";
  if (/node_modules\/(vue|@vue|vue-router|pinia|vue-i18n|@intlify|openapi-fetch)\//.test(id)) return "vue";
  return undefined;
}

export default defineConfig(({ command }) => ({
  // Django serves the build as one of its static folders; while developing, Vite is the origin.
  base: command === "build" ? "/static/portal/" : "/",
  plugins: [
    vue(),
    Components({
      dirs: [],
      dts: "components.d.ts",
      resolvers: [ElementPlusResolver({ importStyle: "css" })],
    }),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  define: { __VUE_I18N_LEGACY_API__: "false", __INTLIFY_PROD_DEVTOOLS__: "false" },
  build: {
    target: "es2022",
    manifest: true,
    chunkSizeWarningLimit: 700,
    rollupOptions: { output: { manualChunks: chunkOf } },
  },
  server: {
    proxy: Object.fromEntries(backendPaths.map((path) => [path, { target: backend, changeOrigin: false }])),
  },
  test: {
    environment: "jsdom",
    isolate: false, // one DOM for all files: making it takes longer than the tests
    maxWorkers: 1,
    include: ["tests/**/*.test.ts"],
    server: { deps: { inline: ["element-plus"] } },
  },
}));
