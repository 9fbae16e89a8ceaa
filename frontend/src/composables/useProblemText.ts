import { useI18n } from "vue-i18n";

import type { ApiProblem } from "@/api/problem";

const OWN: Record<string, string> = {
  network: "problems.network",
  too_many_login_attempts: "problems.locked",
  rate_limited: "problems.tooOften",
  reauthentication_required: "problems.confirmPassword",
  not_authenticated: "problems.signedOut",
};

const BY_STATUS: Record<number, string> = {
  0: "problems.network",
  401: "problems.signedOut",
  403: "problems.forbidden",
  404: "problems.notFound",
  409: "problems.conflict",
  422: "problems.invalid",
  429: "problems.tooOften",
};

/** The sentence to show for a problem: the server's own, which is in the person's language, or ours. */
export function useProblemText(): (problem: ApiProblem) => string {
  const { t } = useI18n();
  return (problem) => {
    const own = OWN[problem.code];
    if (own) return t(own);
    if (problem.detail && problem.status < 500) return problem.detail;
    if (problem.errors.length && problem.status < 500) return t("problems.fields");
    return t(BY_STATUS[problem.status] ?? (problem.status >= 500 ? "problems.server" : "problems.unknown"));
  };
}
