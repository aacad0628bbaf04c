/** The SSH front of a node: the only file of the lab that knows the ssh2 library. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type Session } from "ssh2";

export type { AuthContext, AuthenticationType, ParsedKey, PseudoTtyInfo, ServerChannel, Session } from "ssh2";
export const { utils } = ssh2;

const MAX_LOGIN_ATTEMPTS = 6;

export type SshServerOptions = {
  host: string;
  port: number;
  /** Private key in the format of OpenSSH. */
  hostKey: string;
  /** While false new connections are cut. */
  accepts(): boolean;
  decideLogin(context: AuthContext): void;
  /** `env`: SSH_CLIENT and SSH_CONNECTION. */
  serveSession(session: Session, env: Record<string, string>): void;
};

export type SshServer = {
  port: number;
  close(): Promise<void>;
};

export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const connections = new Set<Socket>();
  const protocol = new ssh2.Server({ hostKeys: [options.hostKey], ident: "OpenSSH_10.0p2 Debian-7" });
  protocol.on("connection", (client: Connection, { ip, port }) => {
    serveClient(client, options, (session) => {
      options.serveSession(session, connectionEnvironment({ ip, port }, address));
    });
  });
  const server = createServer({ noDelay: true }, (socket) => {
    if (!options.accepts()) return void socket.destroy();
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    protocol.injectSocket(socket);
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: async () => {
      if (!server.listening) return;
      server.close();
      for (const socket of connections) socket.destroy();
      await once(server, "close");
    },
  };
}

function connectionEnvironment(
  client: { ip: string; port: number },
  server: AddressInfo,
): Record<string, string> {
  return {
    SSH_CLIENT: `${client.ip} ${client.port} ${server.port}`,
    SSH_CONNECTION: `${client.ip} ${client.port} ${server.address} ${server.port}`,
  };
}

function serveClient(client: Connection, options: SshServerOptions, open: (session: Session) => void): void {
  let attempts = 0;
  client.on("error", () => client.end()); // a client that broke off or spoke nonsense
  client.on("authentication", (context) => {
    if (context.method !== "none") attempts++;
    if (attempts > MAX_LOGIN_ATTEMPTS) return void client.end();
    options.decideLogin(context);
  });
  client.on("session", (accept) => open(accept()));
}
