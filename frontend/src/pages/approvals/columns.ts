import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import type { Approval } from "@/api/types";
import type { Column } from "@/components/DataTable.vue";

export function useApprovalColumns(): ComputedRef<Column<Approval>[]> {
  const { t } = useI18n();

  return computed(() => [
    { key: "title", label: t("approvals.title") },
    { key: "status", label: t("approvals.status"), isCorner: true },
    { key: "kind", label: t("approvals.kind"), text: (row) => row.kind_label },
    { key: "holders", label: t("approvals.heldBy") },
    { key: "started_at", label: t("approvals.startedAt"), isNumber: true },
  ]);
}
