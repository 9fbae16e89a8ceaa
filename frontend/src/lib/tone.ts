/**
 * Which of the five state colours a state wears: grey draft or closed, blue in progress, amber waiting for someone,
 * green done, red failed or overdue. The colours themselves are in styles/tokens.css.
 */
export type Tone = "draft" | "progress" | "waiting" | "done" | "failed";

const TONES = {
  order: {
    awaiting_payment: "waiting",
    provisioning: "progress",
    completed: "done",
    cancelled: "draft",
    parked: "waiting",
    refunding: "progress",
    refunded: "failed",
  },
  resource: { pending: "progress", running: "done", stopped: "draft", expired: "failed", released: "draft", failed: "failed" },
  recharge: { created: "waiting", paid: "done", closed: "draft" },
  bill: { issued: "waiting", paid: "done" },
  verification: {
    unverified: "draft",
    pending: "progress",
    verified: "done",
    rejected: "failed",
    changing: "progress",
    expired: "failed",
  },
  agreement: { in_force: "done", expired: "draft", terminated: "failed", superseded: "draft" },
  approval: { running: "waiting", approved: "done", rejected: "failed", withdrawn: "draft", voided: "draft" },
  approvalStep: { waiting: "draft", open: "waiting", approved: "done", rejected: "failed", returned: "failed", skipped: "draft" },
  step: { done: "done", current: "progress", waiting: "draft", failed: "failed" },
} satisfies Record<string, Record<string, Tone>>;

export type Stateful = keyof typeof TONES;

/** A state that is not known here yet looks neutral instead of breaking the page. */
export function toneOf(what: Stateful, status: string): Tone {
  return (TONES[what] as Record<string, Tone>)[status.toLowerCase()] ?? "draft";
}
