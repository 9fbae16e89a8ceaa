import type { AskField } from "@/api/types";

export const MOST_FILES = 20;

type Query = Record<string, unknown>;

/** What the form shows first: what a link says about a field, else what is probably meant. */
export function initialForm(fields: AskField[], query: Query): Record<string, string> {
  const said = (name: string) => (typeof query[name] === "string" ? query[name] : undefined);
  return Object.fromEntries(fields.map(({ name, initial }) => [name, said(name) ?? initial]));
}

/** The form as it is sent: empty fields are left out, so that the server names those that are missing. */
export function filled(form: Record<string, string | null | undefined>): Record<string, string> {
  const entries = Object.entries(form).map(([name, value]) => [name, (value ?? "").trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value));
}
