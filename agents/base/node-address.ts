/** The nodes as the settings name them, and the web proxy that leads there. */
import type { z } from "zod";

/** A node of the cluster; `proxy` is the web proxy that alone leads there. */
export type NodeAddress = { name: string; host: string; port: number; proxy?: ProxyAddress | undefined };

export type ProxyAddress = { host: string; port: number };

/** `http://127.0.0.1:3128`, and nothing more: who knows a password of a proxy need not tell it to the team. */
export function parseProxy(text: string, ctx: z.RefinementCtx): ProxyAddress {
  const { username, password, pathname, search, hostname, port } = new URL(text);
  if (username || password || pathname !== "/" || search)
    ctx.addIssue({ code: "custom", message: "not http://address:port" });
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || 80 };
}

/** `pve1=192.168.10.201:22,pve2=192.168.10.202`: name, address and, when it is not 22, the port. */
export function parseNodes(text: string, ctx: z.RefinementCtx): NodeAddress[] {
  const nodes: NodeAddress[] = [];
  for (const entry of text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)) {
    const match = /^([a-z0-9][a-z0-9-]{0,62})=(\[[0-9a-f:]+\]|[a-z0-9][a-z0-9.-]*)(?::(\d{1,5}))?$/i.exec(
      entry,
    );
    const port = Number(match?.[3] ?? 22);
    if (!match?.[1] || !match[2] || port < 1 || port > 65_535) {
      ctx.addIssue({ code: "custom", message: `"${entry}" is not name=address or name=address:port` });
      continue;
    }
    nodes.push({ name: match[1], host: match[2].replace(/^\[|\]$/g, ""), port });
  }
  if (new Set(nodes.map((node) => node.name)).size < nodes.length) {
    ctx.addIssue({ code: "custom", message: "two nodes have the same name" });
  }
  return nodes;
}
