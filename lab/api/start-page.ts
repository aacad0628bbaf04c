/** What a browser gets at `https://NODE:8006/`: the title of the web interface, which itself is not part of the lab. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClusterState } from "../cluster/state.ts";

/** One process serves all nodes: which one was asked is told by the name or address that the client used. */
export function sendStartPage(
  { nodes }: ClusterState,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const asked = (request.headers.host ?? "").replace(/:\d{1,5}$/, "");
  const node =
    nodes.find(({ name, address }) => asked === address || asked.split(".")[0] === name) ?? nodes[0];
  response.writeHead(200, { "content-type": "text/html; charset=UTF-8", server: "pve-api-daemon/3.0" });
  response.end(
    `<!DOCTYPE html>\n<html>\n  <head>\n    <title>${node?.name} - Proxmox Virtual Environment</title>\n  </head>\n` +
      "  <body>The web interface is not simulated.</body>\n</html>\n",
  );
}
