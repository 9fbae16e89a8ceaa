import type { OrderDetail } from "@/api/types";

export const ORDER_STATES = ["awaiting_payment", "provisioning", "parked", "refunding", "completed", "refunded", "cancelled"] as const;

export function awaitsPayment(order: Pick<OrderDetail, "status">): boolean {
  return order.status === "awaiting_payment";
}

/** The order moves without the customer: worth looking again. */
export function isMoving(order: Pick<OrderDetail, "status">): boolean {
  return ["provisioning", "parked", "refunding"].includes(order.status);
}
