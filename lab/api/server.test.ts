import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../cluster/store.ts";
import { type Certificates, keepCertificates } from "./certificates.ts";
import { issueToken, openApi } from "./open-api.ts";
import type { Api } from "./perform.ts";
import { type ApiServer, serveApi } from "./server.ts";

let directory: string;
let api: Api;
let certificates: Certificates;
let server: ApiServer;
let token: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "lab-https-"));
  api = openApi(openStore({ stateFile: join(directory, "cluster.json"), start: "day3" }));
  certificates = await keepCertificates(
    directory,
    ["pve1", "localhost", "127.0.0.1"],
    new AbortController().signal,
  );
  token = `PVEAPIToken=${issueToken(api, "root@pam!lab")}`;
  server = await serveApi(api, certificates, { port: 0 });
});
afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

type Answer = { status: number; phrase: string; body: { data: unknown; errors?: unknown } };

function ask(
  method: string,
  path: string,
  how: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const ca = readFileSync(certificates.caFile, "utf8");
  const form = how.body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  const sent = request(
    new URL(path, server.url),
    { method, ca, headers: { ...form, ...how.headers } },
    (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          phrase: response.statusMessage ?? "",
          body: JSON.parse(text),
        }),
      );
    },
  );
  sent.on("error", reject).end(how.body);
  return promise;
}

it("speaks TLS 1.3 with a certificate of its own CA, and nothing older", async () => {
  const { hostname: host, port } = new URL(server.url);
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ host, port: Number(port), maxVersion: "TLSv1.2", rejectUnauthorized: false });
  socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  socket.on("secureConnect", () => resolve("connected"));
  expect(await promise).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  expect((await ask("GET", "/api2/json/version", { headers: { authorization: token } })).status).toBe(200);
});

it("lets in who shows a token, and says in the reason phrase why not", async () => {
  expect(await ask("GET", "/api2/json/nodes")).toMatchObject({ status: 401, phrase: "No ticket" });
  const wrong = token.replace(/.{4}$/, "0000");
  expect(await ask("GET", "/api2/json/nodes", { headers: { authorization: wrong } })).toMatchObject({
    status: 401,
    phrase: "invalid token value!",
  });
  api.store.change((draft) => {
    Object.assign(draft.sections["tokens"]?.["root@pam!lab"] ?? {}, { expire: 1 });
  });
  expect((await ask("GET", "/api2/json/nodes", { headers: { authorization: token } })).phrase).toBe(
    "token expired",
  );
});

it("gives a ticket for a password, which changes something only with its CSRF token", async () => {
  const headers = { authorization: token };
  await ask("PUT", "/api2/json/access/password", { headers, body: "userid=root%40pam&password=a+long+word" });
  expect(
    (await ask("POST", "/api2/json/access/ticket", { body: "username=root%40pam&password=x" })).status,
  ).toBe(401);
  const { body } = await ask("POST", "/api2/json/access/ticket", {
    body: "username=root%40pam&password=a+long+word",
  });
  const { ticket, CSRFPreventionToken } = body.data as { ticket: string; CSRFPreventionToken: string };
  const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;
  expect((await ask("GET", "/api2/json/nodes", { headers: { cookie } })).status).toBe(200);
  const pool = { body: "poolid=prod" };
  expect((await ask("POST", "/api2/json/pools", { headers: { cookie }, ...pool })).status).toBe(401);
  const both = { cookie, CSRFPreventionToken };
  expect((await ask("POST", "/api2/json/pools", { headers: both, ...pool })).status).toBe(200);
});

it("takes a path whose id holds a slash, a path that ends in one, and a file", async () => {
  const headers = { authorization: token };
  const boundary = "xxBOUNDARYxx";
  const parts = [
    `--${boundary}\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n`,
    `--${boundary}\r\nContent-Disposition: form-data; name="filename"; filename="tiny.iso"\r\n\r\n${"x".repeat(1234)}\r\n`,
    `--${boundary}--\r\n`,
  ];
  const type = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const sent = await ask("POST", "/api2/json/nodes/pve1/storage/local/upload", {
    headers: { ...headers, ...type },
    body: parts.join(""),
  });
  expect(sent.body.data).toMatch(/^UPID:pve1:.*:imgcopy::root@pam!lab:$/);
  const file = "/api2/json/nodes/pve1/storage/local/content/local:iso%2Ftiny.iso";
  expect((await ask("GET", file, { headers })).body.data).toMatchObject({
    path: "/var/lib/vz/template/iso/tiny.iso",
    size: 1234,
  });
  expect((await ask("DELETE", "/api2/json/nodes/pve1/qemu/9000/?purge=1", { headers })).status).toBe(200);
  expect((await ask("GET", "/api2/json/nodes/pve1/qemu/9000/config", { headers })).phrase).toBe(
    "Configuration file 'nodes/pve1/qemu-server/9000.conf' does not exist",
  );
});

it("fails as it is told: with a status in the place of the effect or after it, or by a cut connection", async () => {
  const headers = { authorization: token };
  const pools = () => Object.keys(api.store.state().sections["pools"] ?? {});
  api.faults.arm({ on: "POST /pools", status: 596, phrase: "Connection timed out" });
  expect(await ask("POST", "/api2/json/pools", { headers, body: "poolid=one" })).toMatchObject({
    status: 596,
    phrase: "Connection timed out",
  });
  expect(pools()).toEqual([]);
  api.faults.arm({ on: "POST *", status: 596, effect: "after" });
  expect((await ask("POST", "/api2/json/pools", { headers, body: "poolid=two" })).status).toBe(596);
  expect(pools()).toEqual(["two"]);
  api.faults.arm({ on: "GET *pools", drop: true });
  await expect(ask("GET", "/api2/json/pools", { headers })).rejects.toThrow("socket hang up");
  expect((await ask("GET", "/api2/json/pools", { headers })).status).toBe(200);
});
