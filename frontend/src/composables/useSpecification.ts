import { useI18n } from "vue-i18n";

import { type Fact, factsOf } from "@/lib/specification";

export interface Specification {
  labelOf: (key: string) => string;
  valueOf: (fact: Fact) => string;
  /** The whole configuration in a line. */
  summaryOf: (specification: unknown) => string;
}

export function useSpecification(): Specification {
  const { t } = useI18n();
  const labelOf = (key: string) => t(`shop.spec.${key}`);
  const valueOf = (fact: Fact) =>
    fact.key === "compute_kind" ? t(`shop.computeKind.${fact.value}`) : t(`shop.value.${fact.key}`, { value: fact.value });
  const summaryOf = (specification: unknown) => factsOf(specification).map(valueOf).join(" · ");
  return { labelOf, valueOf, summaryOf };
}
