import { api, take } from "@/api/client";
import type { Facets, Page, Product } from "@/api/types";
import { listed } from "@/lib/filters";

export const NAMES = [
  "search",
  "category",
  "vendor",
  "region",
  "billing_mode",
  "compute_kind",
  "gpu_model",
  "price_min",
  "price_max",
  "ordering",
  "favorite",
  "tab",
] as const;
export type Name = (typeof NAMES)[number];
export type Wanted = Record<Name, string>;

export const ORDERINGS = ["price", "-price", "name", "-on_sale_at"] as const;
type Ordering = (typeof ORDERINGS)[number];

/** Lists travel as "a,b". */
const querySerializer = { array: { style: "form", explode: false } } as const;

function several(filter: string | undefined): string[] | undefined {
  const chosen = listed(filter);
  return chosen.length ? chosen : undefined;
}

const amount = (typed: string | undefined): number | undefined => (typed && Number.isFinite(Number(typed)) ? Number(typed) : undefined);

/** The filters as the API takes them. On the tab of computing, no kind means any kind. */
function asked(wanted: Partial<Wanted>, kinds: string[]): Record<string, unknown> {
  const isCompute = wanted.tab === "compute";
  return {
    search: wanted.search || undefined,
    category: several(wanted.category),
    vendor: several(wanted.vendor),
    region: several(wanted.region),
    billing_mode: several(wanted.billing_mode),
    compute_kind: several(wanted.compute_kind) ?? (isCompute && kinds.length ? kinds : undefined),
    gpu_model: several(wanted.gpu_model),
    price_min: amount(wanted.price_min),
    price_max: amount(wanted.price_max),
    favorite: wanted.favorite === "true" ? true : undefined,
  };
}

export function findProducts(wanted: Partial<Wanted> & { page: number; page_size: number }, kinds: string[]): Promise<Page<Product>> {
  const ordering = ORDERINGS.includes(wanted.ordering as Ordering) ? (wanted.ordering as Ordering) : undefined;
  const query = { ...asked(wanted, kinds), ordering, page: wanted.page, page_size: wanted.page_size };
  return take(api.GET("/api/v1/products/", { params: { query }, querySerializer }));
}

export function countProducts(wanted: Partial<Wanted>, kinds: string[]): Promise<Facets> {
  return take(api.GET("/api/v1/products/facets/", { params: { query: asked(wanted, kinds) }, querySerializer }));
}
