import createClient, { type Middleware } from "openapi-fetch";

import { reportSessionLost, standardHeaders } from "@/api/http";
import { IntentKeys } from "@/api/idempotency";
import { ApiProblem, asProblem, problemFrom } from "@/api/problem";
import type { paths } from "@/api/schema";

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  fetch: (request) => window.fetch(request), // that of the moment, not that of the start
});

const headers: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(standardHeaders(request.method))) request.headers.set(name, value);
    return request;
  },
};
api.use(headers);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a call that succeeded; throws an ApiProblem for one that did not. */
export async function take<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  try {
    const { data, error, response } = await call;
    if (response.ok) return data as Data;
    throw problemFrom(response.status, error, response.headers.get("X-Request-ID"));
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.isSessionLost) reportSessionLost();
    throw problem;
  }
}

const keys = new IntentKeys();

/** Runs a call that moves money under the idempotency key of its intent. */
export async function once<Data>(
  action: string,
  body: unknown,
  call: (header: { "Idempotency-Key": string }) => Promise<Answer<Data>>,
): Promise<Data> {
  try {
    const data = await take(call({ "Idempotency-Key": keys.for(action, body) }));
    keys.settle(action, body);
    return data;
  } catch (thrown) {
    if (thrown instanceof ApiProblem && !thrown.isUndecided) keys.settle(action, body);
    throw thrown;
  }
}
