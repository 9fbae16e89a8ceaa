interface Line {
  sku: { id: number; name: string };
  amount: string;
}

export interface PriceChange {
  name: string;
  before: string;
  after: string;
}

/** The lines of two quotes of one basket that do not cost the same. */
export function changesBetween(before: { lines: Line[] }, after: { lines: Line[] }): PriceChange[] {
  return after.lines.flatMap(({ sku, amount }) => {
    const former = before.lines.find((line) => line.sku.id === sku.id);
    return former && former.amount !== amount ? [{ name: sku.name, before: former.amount, after: amount }] : [];
  });
}
