/** Says which agents were never heard of: one that ends at each start, in containers too, can tell nobody itself. */
import { ROLES, type Role } from "../agents/protocol/roles.ts";
import { joinRedacted, type Redacted, redacted } from "../agents/redact/redacted.ts";

const PATIENCE_MS = 45_000;

export type SilentRolesOptions = {
  hasBeenSeen(role: Role): boolean;
  tell(text: Redacted): void;
  signal: AbortSignal;
  /** In milliseconds; 45 s unless told: an agent starts within seconds, a container within half a minute. */
  patienceMs?: number;
};

/** Once, when the patience is over. */
export function tellSilentRoles({ hasBeenSeen, tell, signal, patienceMs = PATIENCE_MS }: SilentRolesOptions) {
  const timer = setTimeout(() => {
    const silent = ROLES.filter((role) => !hasBeenSeen(role));
    if (silent.length > 0) tell(describe(silent));
  }, patienceMs);
  timer.unref();
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}

function describe(silent: readonly Role[]): Redacted {
  const names = joinRedacted(
    silent.map((role) => redacted`${role}`),
    ", ",
  );
  return redacted`Never heard of: ${names}. Nothing that they are asked is done. Here, tmp/run/logs and ./minilab doctor say why; in containers docker compose ps and docker compose logs do. Without real nodes containers need --profile lab; a checkout of another user than 1000 needs MINILAB_UID and MINILAB_GID in .env.`;
}
