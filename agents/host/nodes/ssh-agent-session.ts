/**
 * What one client of the SSH agent gets: logins of one user, signed with the one key, for hosts that it has proved
 * to talk to. Everything else that a key could sign, and every other request, is refused.
 */
import type { ParsedKey } from "./ssh.ts";
import { isSignedWith, signWith } from "./ssh-signature.ts";
import { WireReader, wireNumber, wireString } from "./ssh-wire.ts";

export type AgentPolicy = {
  key: ParsedKey;
  /** The only name that logins may have. */
  user: string;
  /** Whether a host with this public key may be logged in to. */
  isHost: (key: Buffer) => Promise<boolean>;
  /**
   * OpenSSH (8.9 and later) proves which host it talks to, "required" insists on that. Terraform's client does not:
   * with "optional" it may log in as `user` wherever the key is known.
   */
  proofOfHost: "required" | "optional";
  parsePublicKey: (key: Buffer) => ParsedKey | Error;
};

/** draft-ietf-sshm-ssh-agent, section 6.1 and 5.6.1.1; OpenSSH's PROTOCOL.agent for the extension. */
const [FAILURE, SUCCESS, REQUEST_IDENTITIES, IDENTITIES_ANSWER] = [5, 6, 11, 12];
const [SIGN_REQUEST, SIGN_RESPONSE, EXTENSION] = [13, 14, 27];
const RSA_ALGORITHMS: Readonly<Record<number, string>> = { 2: "rsa-sha2-256", 4: "rsa-sha2-512" };
/** RFC 4252, section 5 and 7. */
const USERAUTH_REQUEST = 50;
const WITH_HOST_KEY = "publickey-hostbound-v00@openssh.com";

export class AgentSession {
  readonly #policy: AgentPolicy;
  #bound: { session: Buffer; hostKey: Buffer } | undefined;

  constructor(policy: AgentPolicy) {
    this.#policy = policy;
  }

  /** From a request to its answer, both without their length. Rejects for what is not the agent protocol. */
  async answer(request: Buffer): Promise<Buffer> {
    const reader = new WireReader(request);
    switch (reader.byte()) {
      case REQUEST_IDENTITIES:
        return this.#identities();
      case SIGN_REQUEST:
        return this.#sign(reader) ?? Buffer.from([FAILURE]);
      case EXTENSION:
        return Buffer.from([(await this.#bind(reader)) ? SUCCESS : FAILURE]);
      default:
        return Buffer.from([FAILURE]);
    }
  }

  #identities(): Buffer {
    const key = wireString(this.#policy.key.getPublicSSH());
    return Buffer.concat([Buffer.from([IDENTITIES_ANSWER]), wireNumber(1), key, wireString("")]);
  }

  /** The host's signature of the session's id shows that the client really talks to it. */
  async #bind(reader: WireReader): Promise<boolean> {
    if (reader.text() !== "session-bind@openssh.com" || this.#bound) return false;
    const [hostKey, session, signature] = [reader.string(), reader.string(), reader.string()];
    const isForwarded = reader.byte() !== 0;
    const key = this.#policy.parsePublicKey(hostKey);
    if (isForwarded || key instanceof Error || !isSignedWith(key, session, signature)) return false;
    if (!(await this.#policy.isHost(hostKey))) return false;
    this.#bound = { session, hostKey };
    return true;
  }

  #sign(reader: WireReader): Buffer | undefined {
    const { key } = this.#policy;
    const [wanted, data, flags] = [reader.string(), reader.string(), reader.number()];
    if (!wanted.equals(key.getPublicSSH()) || !this.#isLogin(new WireReader(data))) return undefined;
    const algorithm = key.type === "ssh-rsa" ? (RSA_ALGORITHMS[flags] ?? "") : key.type;
    const signature = signWith(key, algorithm, data);
    return signature && Buffer.concat([Buffer.from([SIGN_RESPONSE]), wireString(signature)]);
  }

  #isLogin(data: WireReader): boolean {
    const session = data.string();
    const isRequest = data.byte() === USERAUTH_REQUEST;
    const [user, service, method] = [data.text(), data.text(), data.text()];
    const isSigned = data.byte() === 1;
    data.string(); // the algorithm
    const isOwnKey = data.string().equals(this.#policy.key.getPublicSSH());
    const hostKey = method === WITH_HOST_KEY ? data.string() : undefined;
    return (
      isRequest &&
      user === this.#policy.user &&
      service === "ssh-connection" &&
      (method === "publickey" || hostKey !== undefined) &&
      isSigned &&
      isOwnKey &&
      data.isAtEnd() &&
      this.#isToHost(session, hostKey)
    );
  }

  #isToHost(session: Buffer, hostKey: Buffer | undefined): boolean {
    if (!this.#bound) return this.#policy.proofOfHost === "optional";
    return this.#bound.session.equals(session) && (!hostKey || this.#bound.hostKey.equals(hostKey));
  }
}
