/** An agent that cannot start says why to the operator before it ends: in containers nobody else would. */
import { describeError } from "../base/errors.ts";
import type { Bus } from "../bus/bus.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import { redacted } from "../redact/redacted.ts";
import { untilUp } from "./until-up.ts";

/** Redis is waited for so long; without it there is nobody to tell. */
const PATIENCE_MS = 5_000;
const FOREIGN_FOLDER = ["EACCES", "EPERM", "EROFS"];

export type FailedStart = { bus: Bus; role: Role; redactor: Redactor };

export async function tellFailedStart({ bus, role, redactor }: FailedStart, error: unknown): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const isHeard = await untilUp(() => bus.control({ signal }), signal).then(
    () => true,
    () => false, // the process's own log has it
  );
  const content = redacted`I cannot start, and try again: ${redactor(describeError(error))}${remedyOf(error)}`;
  if (isHeard) bus.show({ kind: "notice", source: role, content, timestamp: new Date().toISOString() });
}

function remedyOf(error: unknown) {
  const isForeign = FOREIGN_FOLDER.includes((error as NodeJS.ErrnoException | null)?.code ?? "");
  return isForeign
    ? redacted`. The checkout belongs to another user: in containers set MINILAB_UID and MINILAB_GID in .env to what id -u and id -g say, then docker compose up --build --detach`
    : redacted``;
}
