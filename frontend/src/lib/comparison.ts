export interface Place {
  product: number;
  sku: number;
}

/** "12.71,13.90" of the address: product and SKU, each SKU once. */
export function parsed(items: string, most: number): Place[] {
  const places = items
    .split(",")
    .map((item) => /^(\d+)\.(\d+)$/.exec(item.trim()))
    .filter((match) => match !== null)
    .map(([, product, sku]) => ({ product: Number(product), sku: Number(sku) }));
  return places.filter(({ sku }, at) => places.findIndex((one) => one.sku === sku) === at).slice(0, most);
}

/** Whether the things say more than one thing of a row. */
export function isDifferent(values: string[]): boolean {
  return new Set(values).size > 1;
}
