import { api, once } from "@/api/client";
import type { ApprovalDetail } from "@/api/types";

export function withdrawApproval(id: number, note: string): Promise<ApprovalDetail> {
  const body = { note };
  return once(`approvals.withdraw:${id}`, body, (header) =>
    api.POST("/api/v1/approvals/{id}/withdraw/", { body, params: { path: { id }, header } }),
  );
}

export function commentOn(id: number, text: string): Promise<ApprovalDetail> {
  const body = { text };
  return once(`approvals.comment:${id}`, body, (header) =>
    api.POST("/api/v1/approvals/{id}/comment/", { body, params: { path: { id }, header } }),
  );
}
