import { expect, it } from "vitest";

import { asProblem, problemFrom } from "@/api/problem";

it("reads problem JSON", () => {
  const problem = problemFrom(409, { code: "orders.quote_expired", detail: "The quote has expired.", request_id: "r1" });

  expect(problem).toMatchObject({ status: 409, code: "orders.quote_expired", detail: "The quote has expired.", requestId: "r1", errors: [] });
});

it("keeps messages with their fields", () => {
  const problem = problemFrom(400, { code: "core.invalid", errors: [{ field: "amount", code: "billing.too_small", detail: "Too small." }] });

  expect(problem.errors).toEqual([{ field: "amount", code: "billing.too_small", detail: "Too small." }]);
});

it("reads the sign-in API: an error without a field is the problem itself", () => {
  const problem = problemFrom(400, {
    status: 400,
    errors: [
      { message: "Too many attempts.", code: "too_many_login_attempts" },
      { message: "Too short.", code: "password_too_short", param: "password" },
    ],
  });

  expect(problem).toMatchObject({ code: "too_many_login_attempts", detail: "Too many attempts." });
  expect(problem.errors).toEqual([{ field: "password", code: "password_too_short", detail: "Too short." }]);
});

it("has a code even for an answer that is no JSON", () => {
  expect(problemFrom(502, "<html>", "r2")).toMatchObject({ code: "http.502", requestId: "r2", isUndecided: true });
});

it("turns a lost connection into a problem, and lets our own mistakes through", () => {
  expect(asProblem(new TypeError("Failed to fetch"))).toMatchObject({ code: "network", status: 0 });
  expect(() => asProblem(new TypeError("x is undefined"))).toThrow("x is undefined");
});

it("tells who is signed out from who may not", () => {
  expect(problemFrom(401, {}).isSessionLost).toBe(true);
  expect(problemFrom(403, { code: "core.not_authenticated" }).isSessionLost).toBe(true);
  expect(problemFrom(403, { code: "core.forbidden" }).isSessionLost).toBe(false);
});
