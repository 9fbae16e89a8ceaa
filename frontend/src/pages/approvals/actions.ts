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

/** Asks for something, with its files, once; the new request. */
export function fileRequest(kind: string, form: Record<string, string>, files: File[]): Promise<ApprovalDetail> {
  const intent = { kind, form, files: files.map(({ name, size, lastModified }) => [name, size, lastModified]) };
  return once(`approvals.file:${kind}`, intent, (header) =>
    api.POST("/api/v1/approvals/", {
      params: { header },
      body: { kind, form, attachments: [] },
      bodySerializer: () => asFormData(kind, form, files),
    }),
  );
}

function asFormData(kind: string, form: Record<string, string>, files: File[]): FormData {
  const body = new FormData();
  body.set("kind", kind);
  body.set("form", JSON.stringify(form));
  for (const file of files) body.append("attachments", file);
  return body;
}
