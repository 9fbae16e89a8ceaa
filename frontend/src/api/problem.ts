/** Every failure of a call, from whichever part of the server, in one shape. */
export interface FieldError {
  field: string;
  code: string;
  detail: string;
}

/** The first request with this key still runs. */
const KEY_IS_BUSY = "core.idempotency_key_busy";

export interface ProblemFacts {
  status: number;
  code: string;
  detail?: string;
  errors?: FieldError[];
  requestId?: string | null;
  /** How the person may confirm that it is him, when that is asked: "password", "totp", "webauthn", … */
  ways?: string[];
}

export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: FieldError[];
  readonly requestId: string | null;
  readonly ways: string[];

  constructor(facts: ProblemFacts) {
    super(facts.detail ?? facts.code);
    this.name = "ApiProblem";
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail ?? "";
    this.errors = facts.errors ?? [];
    this.requestId = facts.requestId ?? null;
    this.ways = facts.ways ?? [];
  }

  /** Nobody knows whether the server acted: the same call may be repeated with the same idempotency key. */
  get isUndecided(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429 || this.code === KEY_IS_BUSY;
  }

  get isSessionLost(): boolean {
    return this.status === 401 || (this.status === 403 && this.code.endsWith("not_authenticated"));
  }
}

interface RawError {
  field?: string;
  param?: string;
  code?: string;
  detail?: string;
  message?: string;
}

interface ProblemBody {
  code?: string;
  detail?: string;
  title?: string;
  request_id?: string;
  errors?: RawError[];
}

function errorFrom(raw: RawError): FieldError {
  return { field: raw.field ?? raw.param ?? "", code: raw.code ?? "", detail: raw.detail ?? raw.message ?? "" };
}

function isObject(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null;
}

/** Reads problem JSON (RFC 9457) and the headless sign-in API's `{status, errors: [{message, code, param}]}` alike. */
export function problemFrom(status: number, body: unknown, requestId: string | null = null): ApiProblem {
  const facts = isObject(body) ? body : {};
  const errors = (facts.errors ?? []).map(errorFrom);
  const general = errors.find((error) => !error.field);
  return new ApiProblem({
    status,
    code: facts.code ?? (general ?? errors[0])?.code ?? `http.${status}`,
    detail: facts.detail ?? general?.detail ?? facts.title,
    errors: errors.filter((error) => error.field),
    requestId: facts.request_id ?? requestId,
  });
}

export function networkProblem(): ApiProblem {
  return new ApiProblem({ status: 0, code: "network" });
}

/** What was thrown, as a problem; a mistake of our own is not swallowed. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) return networkProblem();
  throw error;
}
