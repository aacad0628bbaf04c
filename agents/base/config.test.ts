import { expect, test } from "vitest";
import { loadConfig, secretValues } from "./config.ts";

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

test("the nodes' proxy belongs to each node, and is nothing but an address and a port", () => {
  const nodes = { PROXMOX_NODES: "pve1=192.168.10.201,pve2=192.168.10.202:2222" };
  const { PROXMOX_NODES } = loadConfig({ ...nodes, PROXMOX_PROXY: "http://127.0.0.1:3128" });
  const proxy = { host: "127.0.0.1", port: 3128 };
  expect(PROXMOX_NODES).toEqual([
    { name: "pve1", host: "192.168.10.201", port: 22, proxy },
    { name: "pve2", host: "192.168.10.202", port: 2222, proxy },
  ]);
  for (const wrong of ["http://me:secret@proxy:1", "http://proxy:1/path", "socks5://proxy:1", "proxy:1"])
    expect(() => loadConfig({ ...nodes, PROXMOX_PROXY: wrong }), wrong).toThrow(/PROXMOX_PROXY/);
});
