/** Filters with several values live in the address as "a,b". */
export function listed(filter: string | undefined): string[] {
  return filter ? filter.split(",").filter(Boolean) : [];
}

export function toggled(filter: string | undefined, value: string): string {
  const chosen = listed(filter);
  return (chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]).join(",");
}
