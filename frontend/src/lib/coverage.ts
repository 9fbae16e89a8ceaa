import type { RouteLocationRaw } from "vue-router";

export interface Coverage {
  type: string;
  id: number | null;
  code: string | null;
  product: number | null;
}

/** Where that can be bought which a promotion or a voucher covers. */
export function placeOf({ type, id, code, product }: Coverage): RouteLocationRaw {
  if (product !== null) {
    const query = type === "sku" && id !== null ? { sku: String(id) } : {};
    return { name: "buy", params: { id: String(product) }, query };
  }
  if (code !== null && (type === "category" || type === "vendor")) return { name: "products", query: { [type]: code } };
  return { name: "products" };
}
