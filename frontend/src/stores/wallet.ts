import { defineStore } from "pinia";
import { ref } from "vue";

import { api, take } from "@/api/client";
import type { Wallet } from "@/api/types";

/** The wallet that the header, the dashboard and every payment look at; loaded anew wherever money has moved. */
export const useWallet = defineStore("wallet", () => {
  const wallet = ref<Wallet | null>(null);

  async function load(): Promise<Wallet> {
    wallet.value = await take(api.GET("/api/v1/wallet/"));
    return wallet.value;
  }

  function forget(): void {
    wallet.value = null;
  }

  return { wallet, load, forget };
});
