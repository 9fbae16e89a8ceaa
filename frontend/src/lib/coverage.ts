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

/** A product as a list shows it: where and how its SKUs are sold, each pair once. */
export interface Sold {
  id: number;
  category: { slug: string };
  vendor: { code: string };
  offers: readonly { region: string; billing_mode: string }[];
}

interface Offered {
  covers: Coverage;
  regions: readonly string[];
  billing_modes: readonly string[];
  order_types: readonly string[];
}

function isCovered({ type, code, product }: Coverage, sold: Sold): boolean {
  if (type === "all") return true;
  if (type === "category") return code === sold.category.slug;
  if (type === "vendor") return code === sold.vendor.code;
  return product === sold.id;
}

/** Whether a promotion is for somebody who buys the product anew: in one of its regions and billing modes at least. */
export function isFor({ covers, regions, billing_modes: modes, order_types: types }: Offered, sold: Sold): boolean {
  if (types.length && !types.includes("new")) return false;
  const fits = (value: string, among: readonly string[]) => !among.length || among.includes(value);
  return isCovered(covers, sold) && sold.offers.some((offer) => fits(offer.region, regions) && fits(offer.billing_mode, modes));
}
