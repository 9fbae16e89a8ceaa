import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import type { Order } from "@/api/types";
import type { Column } from "@/components/DataTable.vue";

/** The columns of orders, wherever orders are listed; they follow the language. */
export function useOrderColumns(): ComputedRef<Column<Order>[]> {
  const { t } = useI18n();

  return computed(() => [
    { key: "number", label: t("orders.number") },
    { key: "summary", label: t("orders.items") },
    { key: "status", label: t("orders.status"), isCorner: true },
    { key: "total", label: t("orders.amount"), isNumber: true },
    { key: "created_at", label: t("orders.createdAt"), isNumber: true },
  ]);
}
