import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { api, once, take } from "@/api/client";
import type { Cart, CartLine } from "@/api/types";
import type { Selection } from "@/composables/usePrice";

/** The cart of this person: its number in the header, its lines on its page. Prices are the server's, asked anew. */
export const useCart = defineStore("cart", () => {
  const cart = ref<Cart | null>(null);
  const count = computed(() => cart.value?.lines.length ?? 0);

  async function load(): Promise<Cart> {
    cart.value = await take(api.GET("/api/v1/cart/"));
    return cart.value;
  }

  async function add(wanted: Selection): Promise<CartLine> {
    const body = { sku: wanted.sku, quantity: wanted.quantity, periods: wanted.periods };
    const line = await once("cart.add", body, (header) => api.POST("/api/v1/cart/lines/", { body, params: { header } }));
    await load();
    return line;
  }

  async function change(id: number, wanted: { quantity: number; periods: number }): Promise<void> {
    await take(api.PATCH("/api/v1/cart/lines/{id}/", { params: { path: { id } }, body: wanted }));
    await load();
  }

  async function remove(ids: number[]): Promise<void> {
    for (const id of ids) await take(api.DELETE("/api/v1/cart/lines/{id}/", { params: { path: { id } } }));
    await load();
  }

  function forget(): void {
    cart.value = null;
  }

  return { cart, count, load, add, change, remove, forget };
});
