/** For tests only: requests to the API of a lab, from the admin's place by the real address of a node, or by the port of this machine. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request } from "node:https";
import type { Socket } from "node:net";
import { json } from "node:stream/consumers";
import { connect } from "node:tls";
import type { Lab } from "../../lab.ts";

export type Asked = {
  method?: string;
  /** `https://192.168.10.201:8006/api2/json/version` */
  url: string;
  token: string;
  form?: Record<string, string>;
};

export type Answer = { status: number; phrase: string; data: unknown };

/** A socket through the lab's web proxy; the status instead where that makes none, 0 where it hangs up. */
export async function tunnel(lab: Lab, target: string): Promise<Socket | number> {
  const asked = plainRequest(lab.proxyUrl, { method: "CONNECT", path: target }).end();
  const [response, socket] = await once(asked, "connect").catch(() => [{ statusCode: 0 }]);
  return response.statusCode === 200 ? socket : response.statusCode;
}

/** Through the proxy to an address of the lab's network, straight to one of this machine. */
export async function askApi(lab: Lab, { method = "GET", url, token, form }: Asked): Promise<Answer> {
  const { hostname, host } = new URL(url);
  const ca = readFileSync(lab.caFile, "utf8");
  const headers = {
    authorization: `PVEAPIToken=${token}`,
    connection: "close",
    ...(form && { "content-type": "application/x-www-form-urlencoded" }),
  };
  const socket = hostname === "127.0.0.1" ? undefined : await tunnel(lab, host);
  if (typeof socket === "number") throw new Error(`the proxy answered ${socket}`);
  const secured = socket && { createConnection: () => connect({ socket, ca, host: hostname }) };
  const sent = request(url, { method, headers, ca, ...secured });
  sent.end(form && new URLSearchParams(form).toString());
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { data } = (await json(response)) as { data: unknown };
  return { status: response.statusCode ?? 0, phrase: response.statusMessage ?? "", data };
}
