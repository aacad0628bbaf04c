import { expect, test } from "vitest";
import { secretValues } from "./config.ts";

test("a Terraform variable is a secret unless the operator released its name (F63)", () => {
  const env = { TF_VAR_root_pw: "hunter2", TF_VAR_region: "home-1", LLM_MODEL: "m", API_TOKEN: "t0ken" };
  expect(secretValues(env)).toEqual(["hunter2", "home-1", "t0ken"]);
  expect(secretValues({ ...env, READABLE_ENV: "TF_VAR_region, TF_VAR_x" })).toEqual(["hunter2", "t0ken"]);
  expect(secretValues({ ...env, TF_VAR_token: "x", READABLE_ENV: "TF_VAR_token" })).toContain("x");
});

test("each value in a list or an object is a secret, its keys are none (F59)", () => {
  const json = '{"root": {"password": "hunter2", "keys": ["k-1", "k-2"]}, "port": 22}';
  expect(secretValues({ TF_VAR_users: json })).toEqual([json, "hunter2", "k-1", "k-2"]);
  const hcl = '[{ name = "ann", "pin" = "1 = 2" }]';
  expect(secretValues({ TF_VAR_users: hcl })).toEqual([hcl, "ann", "1 = 2"]);
});
