import type { Resource } from "@/api/types";

export const RESOURCE_STATES = ["pending", "running", "stopped", "expired", "released", "failed"] as const;

/** What boards show unless asked otherwise: everything that is still there. */
export const PRESENT: Resource["status"][] = RESOURCE_STATES.filter((state) => state !== "released");
