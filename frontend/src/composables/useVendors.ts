import { onMounted, type Ref, shallowRef } from "vue";

import { api, take } from "@/api/client";

export interface Option {
  value: string;
  label: string;
}

/** The clouds that are on offer: a filter's choices. Without them the list itself says what is wrong. */
export function useVendors(): Ref<Option[]> {
  const vendors = shallowRef<Option[]>([]);
  onMounted(async () => {
    const page = await take(api.GET("/api/v1/vendors/", { params: { query: { page_size: 100 } } })).catch(() => null);
    vendors.value = (page?.results ?? []).map(({ code, name }) => ({ value: code, label: name }));
  });
  return vendors;
}
