import type { Approval } from "@/api/types";

export const APPROVAL_STATES = ["running", "approved", "rejected", "withdrawn", "voided"] as const;

/** Somebody still has to decide: worth looking again. */
export function isOpen(approval: Pick<Approval, "status">): boolean {
  return approval.status === "running";
}
