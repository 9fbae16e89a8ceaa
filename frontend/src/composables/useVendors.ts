import { onMounted, type Ref, shallowRef } from "vue";

import { api, take } from "@/api/client";
import type { Product } from "@/api/types";

type Vendor = Product["vendor"];

/** The clouds that are on offer: a filter's choices. Without them the list itself says what is wrong. */
export function useVendors(): Ref<Vendor[]> {
  const vendors = shallowRef<Vendor[]>([]);
  onMounted(async () => {
    const page = await take(api.GET("/api/v1/products/", { params: { query: { page_size: 100 } } })).catch(() => null);
    const found = (page?.results ?? []).map(({ vendor }) => [vendor.code, vendor] as const);
    vendors.value = [...new Map(found).values()];
  });
  return vendors;
}
