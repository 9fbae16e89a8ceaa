import { beforeEach, expect, it, vi } from "vitest";

import { api, once, take } from "@/api/client";
import { onSessionLost } from "@/api/http";
import { ApiProblem } from "@/api/problem";

/** Stands in for the network before the client is made, as the client takes hold of `fetch` then. */
const { sent, network } = vi.hoisted(() => {
  const sent: Request[] = [];
  const network = { answer: (): Response | Promise<Response> => new Response() };
  globalThis.fetch = async (request) => {
    sent.push(request as Request);
    return network.answer();
  };
  return { sent, network };
});

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

beforeEach(() => {
  sent.length = 0;
  window.sessionStorage.clear();
  document.cookie = "csrftoken=secret-token";
});

const pay = () =>
  once("orders.pay:7", null, (header) => api.POST("/api/v1/orders/{id}/pay/", { params: { path: { id: 7 }, header } }));

it("sends the CSRF token with unsafe calls alone", async () => {
  network.answer = () => json(200, { results: [] });
  await take(api.GET("/api/v1/wallet/"));
  await pay();

  expect(sent.map((request) => request.headers.get("X-CSRFToken"))).toEqual([null, "secret-token"]);
});

it("repeats a payment without an answer under the same key, and the next payment under another", async () => {
  network.answer = () => Promise.reject(new TypeError("Failed to fetch"));
  await expect(pay()).rejects.toMatchObject({ code: "network", isUndecided: true });
  network.answer = () => json(503, {});
  await expect(pay()).rejects.toMatchObject({ status: 503 });
  network.answer = () => json(200, {});
  await pay();
  await pay();

  const keys = sent.map((request) => request.headers.get("Idempotency-Key"));
  expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
  expect(keys[3]).not.toBe(keys[0]);
});

it("takes a refusal as an answer: the next try is a new intent", async () => {
  network.answer = () => json(409, { code: "billing.insufficient_balance", detail: "no" });
  await expect(pay()).rejects.toBeInstanceOf(ApiProblem);
  await expect(pay()).rejects.toBeInstanceOf(ApiProblem);

  const [first, second] = sent.map((request) => request.headers.get("Idempotency-Key"));
  expect(second).not.toBe(first);
});

it("keeps the key while the first request still runs", async () => {
  network.answer = () => json(409, { code: "core.idempotency_key_busy", detail: "wait" });
  await expect(pay()).rejects.toBeInstanceOf(ApiProblem);
  await expect(pay()).rejects.toBeInstanceOf(ApiProblem);

  const [first, second] = sent.map((request) => request.headers.get("Idempotency-Key"));
  expect(second).toBe(first);
});

it("tells once that the session is lost", async () => {
  const lost = vi.fn();
  onSessionLost(lost);
  network.answer = () => json(403, { code: "core.not_authenticated" });
  await expect(take(api.GET("/api/v1/wallet/"))).rejects.toMatchObject({ isSessionLost: true });

  expect(lost).toHaveBeenCalledOnce();
});
