import { defineStore } from "pinia";
import { ref } from "vue";

import { api, once, take } from "@/api/client";

/** Which products this person wants to find again: product id → id of the favorite. */
export const useFavorites = defineStore("favorites", () => {
  const kept = ref(new Map<number, number>());
  let loading: Promise<void> | null = null;

  async function read(): Promise<void> {
    const { results } = await take(api.GET("/api/v1/favorites/", { params: { query: { page_size: 100 } } }));
    kept.value = new Map(results.filter(({ sku }) => sku === null).map(({ id, product }) => [product, id]));
  }

  /** Once for all stars of a page. */
  function load(): Promise<void> {
    loading ??= read().finally(() => (loading = null));
    return loading;
  }

  async function toggle(product: number): Promise<void> {
    const favorite = kept.value.get(product);
    if (favorite) await take(api.DELETE("/api/v1/favorites/{id}/", { params: { path: { id: favorite } } }));
    else await once(`favorites.add:${product}`, null, (header) => api.POST("/api/v1/favorites/", { body: { product }, params: { header } }));
    await load();
  }

  function forget(): void {
    kept.value = new Map();
  }

  return { kept, load, toggle, forget };
});
