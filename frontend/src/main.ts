import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "element-plus/theme-chalk/el-message.css";
import "@/styles/tokens.css";
import "@/styles/base.css";

import { createPinia } from "pinia";
import { createApp } from "vue";

import App from "@/App.vue";
import { i18n, useLanguage } from "@/i18n";
import { createPortalRouter } from "@/router";

async function start(): Promise<void> {
  await useLanguage();
  createApp(App).use(createPinia()).use(i18n).use(createPortalRouter()).mount("#app");
}

void start();
