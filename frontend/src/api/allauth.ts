/** The headless sign-in API of django-allauth, for browsers: /_allauth/browser/v1/. */
import { reportSessionLost, standardHeaders } from "@/api/http";
import { ApiProblem, asProblem, problemFrom } from "@/api/problem";

const BASE = "/_allauth/browser/v1";

export const REAUTHENTICATION_REQUIRED = "reauthentication_required";

export interface PendingFlow {
  id: string;
  is_pending?: boolean;
  types?: string[];
}

/** Where a person stands: signed in, or which step is missing. */
export interface AuthState {
  isAuthenticated: boolean;
  flows: PendingFlow[];
  user: { email?: string } | null;
}

export interface Authenticator {
  type: "totp" | "recovery_codes" | "webauthn";
  created_at: number;
  last_used_at: number | null;
  id?: number;
  name?: string;
  total_code_count?: number;
  unused_code_count?: number;
  unused_codes?: string[];
}

export interface BrowserSession {
  id: number;
  user_agent: string;
  ip: string;
  created_at: number;
  last_seen_at?: number;
  is_current: boolean;
}

export interface PublicKeyOptions {
  publicKey: Record<string, unknown>;
}

interface Envelope<Data> {
  status: number;
  data?: Data;
  meta?: Record<string, unknown>;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

async function send<Data>(method: Method, path: string, body?: unknown): Promise<{ response: Response; envelope: Envelope<Data> }> {
  try {
    const response = await fetch(BASE + path, {
      method,
      credentials: "same-origin",
      headers: { ...standardHeaders(method), Accept: "application/json", "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return { response, envelope: (isJson && text ? JSON.parse(text) : { status: response.status }) as Envelope<Data> };
  } catch (thrown) {
    throw asProblem(thrown);
  }
}

function waysOf(data: unknown): string[] {
  const { flows } = (data ?? {}) as { flows?: PendingFlow[] };
  return (flows ?? []).flatMap(({ id, types }) => (id === "reauthenticate" ? ["password"] : (types ?? [])));
}

/** 401 to somebody who is signed in asks to confirm the password; to anybody else it says that the session ended. */
function refused(response: Response, envelope: Envelope<unknown>): ApiProblem {
  if (response.status !== 401) return problemFrom(response.status, envelope, response.headers.get("X-Request-ID"));
  if (envelope.meta?.is_authenticated) {
    return new ApiProblem({ status: 403, code: REAUTHENTICATION_REQUIRED, ways: waysOf(envelope.data) });
  }
  reportSessionLost();
  return problemFrom(401, { code: "not_authenticated" });
}

/** Signing in moves by states: 200 is in, 401 says what is still missing, all else is a refusal. */
async function step(method: Method, path: string, body?: unknown): Promise<AuthState> {
  const { response, envelope } = await send<{ flows?: PendingFlow[]; user?: AuthState["user"] }>(method, path, body);
  if (response.status !== 200 && response.status !== 401) throw refused(response, envelope);
  const flows = envelope.data?.flows ?? [];
  return { isAuthenticated: response.status === 200 && !!envelope.meta?.is_authenticated, flows, user: envelope.data?.user ?? null };
}

async function call<Data>(method: Method, path: string, body?: unknown): Promise<Envelope<Data>> {
  const { response, envelope } = await send<Data>(method, path, body);
  if (response.ok) return envelope;
  throw refused(response, envelope);
}

export interface SignUp {
  company_name: string;
  email: string;
  phone: string;
  password: string;
}

export const auth = {
  session: () => step("GET", "/auth/session"),
  signOut: () => step("DELETE", "/auth/session"),
  signIn: (email: string, password: string) => step("POST", "/auth/login", { email, password }),
  signUp: (form: SignUp) => step("POST", "/auth/signup", form),
  verifyEmail: (key: string) => step("POST", "/auth/email/verify", { key }),
  resendEmail: () => call("POST", "/auth/email/verify/resend"),
  verifyPhone: (code: string) => step("POST", "/auth/phone/verify", { code }),
  resendPhone: () => call("POST", "/auth/phone/verify/resend"),
  authenticate: (code: string) => step("POST", "/auth/2fa/authenticate", { code }),
  trust: (trust: boolean) => step("POST", "/auth/2fa/trust", { trust }),
  requestReset: (email: string) => step("POST", "/auth/password/request", { email }),
  resetPassword: (key: string, password: string) => step("POST", "/auth/password/reset", { key, password }),
  reauthenticate: (password: string) => step("POST", "/auth/reauthenticate", { password }),
  reauthenticateWithCode: (code: string) => step("POST", "/auth/2fa/reauthenticate", { code }),

  async keyForSignIn(): Promise<PublicKeyOptions> {
    const { data } = await call<{ request_options: PublicKeyOptions }>("GET", "/auth/webauthn/authenticate");
    return (data as { request_options: PublicKeyOptions }).request_options;
  },
  async keyForReauthentication(): Promise<PublicKeyOptions> {
    const { data } = await call<{ request_options: PublicKeyOptions }>("GET", "/auth/webauthn/reauthenticate");
    return (data as { request_options: PublicKeyOptions }).request_options;
  },
  reauthenticateWithKey: (credential: unknown) => step("POST", "/auth/webauthn/reauthenticate", { credential }),
  signInWithKey: (credential: unknown) => step("POST", "/auth/webauthn/authenticate", { credential }),
};

function codesIn(envelope: Envelope<unknown>): string[] {
  return (envelope.meta?.recovery_codes as string[] | undefined) ?? [];
}

export const security = {
  async changePassword(current: string, next: string): Promise<void> {
    await call("POST", "/account/password/change", { current_password: current, new_password: next });
  },
  async authenticators(): Promise<Authenticator[]> {
    return (await call<Authenticator[]>("GET", "/account/authenticators")).data ?? [];
  },
  /** A secret to set up; the API answers 404 with it as long as there is no authenticator app. */
  async newTotp(): Promise<{ secret: string; url: string }> {
    const { response, envelope } = await send("GET", "/account/authenticators/totp");
    if (response.status === 404) return { secret: String(envelope.meta?.secret), url: String(envelope.meta?.totp_url) };
    throw refused(response, envelope);
  },
  /** Answers the recovery codes that come with a first method, and nothing for a further one. */
  async activateTotp(code: string): Promise<string[]> {
    return codesIn(await call("POST", "/account/authenticators/totp", { code }));
  },
  removeTotp: () => call("DELETE", "/account/authenticators/totp"),
  async newRecoveryCodes(): Promise<string[]> {
    const { data } = await call<Authenticator>("POST", "/account/authenticators/recovery-codes");
    return data?.unused_codes ?? [];
  },
  async newKeyOptions(): Promise<PublicKeyOptions> {
    const { data } = await call<{ creation_options: PublicKeyOptions }>("GET", "/account/authenticators/webauthn");
    return (data as { creation_options: PublicKeyOptions }).creation_options;
  },
  async addKey(name: string, credential: unknown): Promise<string[]> {
    return codesIn(await call("POST", "/account/authenticators/webauthn", { name, credential }));
  },
  removeKey: (id: number) => call("DELETE", "/account/authenticators/webauthn", { authenticators: [id] }),
  async sessions(): Promise<BrowserSession[]> {
    return (await call<BrowserSession[]>("GET", "/auth/sessions")).data ?? [];
  },
  /** Ends sessions elsewhere; answers 401 when the own one is among them. */
  endSessions: (ids: number[]) => step("DELETE", "/auth/sessions", { sessions: ids }),
};
