import vueI18n from "@intlify/eslint-plugin-vue-i18n";
import { defineConfigWithVueTs, vueTsConfigs } from "@vue/eslint-config-typescript";
import pluginVue from "eslint-plugin-vue";

export default defineConfigWithVueTs(
  { ignores: ["dist/**", "coverage/**", "components.d.ts", "src/api/schema.d.ts"] },
  pluginVue.configs["flat/recommended"],
  vueTsConfigs.strict,
  vueTsConfigs.stylistic,
  {
    files: ["**/*.vue", "**/*.ts"],
    plugins: { "@intlify/vue-i18n": vueI18n },
    rules: {
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      complexity: ["error", 12], // "?." and "??" count as branches
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "@intlify/vue-i18n/no-raw-text": ["error", { ignorePattern: "^[-–—·×/%#:，。¥()+•→]+$", ignoreText: ["Kboss", "vCPU", "GiB", "+86"] }],
      "vue/require-default-prop": "off",
      "vue/multi-word-component-names": "off",
      "vue/max-attributes-per-line": ["warn", { singleline: 6, multiline: 1 }],
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": ["error", { html: { void: "always", normal: "always", component: "always" } }],
      "vue/component-api-style": ["error", ["script-setup"]],
      "vue/define-macros-order": "error",
      "vue/no-v-html": "error",
      "vue/block-order": ["error", { order: ["script", "template", "style"] }],
    },
  },
  {
    files: ["scripts/**", "tests/**", "mock/**"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
    rules: { "no-console": "off", "max-lines-per-function": "off" },
  },
);
