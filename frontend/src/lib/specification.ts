/** What a configuration consists of, in the order in which people compare it. */
const ORDER = [
  "compute_kind",
  "vcpu",
  "memory_gib",
  "gpu_model",
  "gpu_count",
  "gpu_memory_gib",
  "disk_gib",
  "capacity_gib",
  "bandwidth_mbps",
  "traffic_gb",
  "requests_10k",
  "nodes",
  "core_hours",
  "engine",
  "storage_class",
  "network",
];

export interface Fact {
  key: string;
  value: string;
}

/** The facts that have words (shop.spec.*, shop.value.*); what is unknown here stays the vendor's affair. */
export function factsOf(specification: unknown): Fact[] {
  const given = (specification ?? {}) as Record<string, unknown>;
  return ORDER.filter((key) => given[key] !== undefined && given[key] !== null).map((key) => ({
    key,
    value: String(given[key]),
  }));
}
