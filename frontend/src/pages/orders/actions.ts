import { api, once } from "@/api/client";
import type { OrderDetail } from "@/api/types";

export function placeOrder(quote: number): Promise<OrderDetail> {
  const body = { quote };
  return once("orders.place", body, (header) => api.POST("/api/v1/orders/", { body, params: { header } }));
}

export function payOrder(id: number): Promise<OrderDetail> {
  return once(`orders.pay:${id}`, null, (header) =>
    api.POST("/api/v1/orders/{id}/pay/", { params: { path: { id }, header } }),
  );
}

export function cancelOrder(id: number, reason: string): Promise<OrderDetail> {
  const body = { reason };
  return once(`orders.cancel:${id}`, body, (header) =>
    api.POST("/api/v1/orders/{id}/cancel/", { body, params: { path: { id }, header } }),
  );
}
