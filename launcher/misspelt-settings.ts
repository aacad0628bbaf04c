/** Names in .env that are no setting and look like one: an ignored setting is a rehearsal that nobody asked for. */
import { isTerraformVariable, namesIn, readEnv, settings } from "../agents/base/config.ts";
import { nearNames } from "../agents/base/near-names.ts";

/** Of Compose and of the launcher alone. */
const OTHERS = ["MINILAB_UID", "MINILAB_GID", "MINILAB_KEYS", "TZ"];
const MAX_NAME_CHARS = 60;

/** A sentence for each. */
export function misspelt(projectDir: string): string[] {
  const written = readEnv({}, projectDir);
  const known = [...Object.keys(settings.shape), ...OTHERS];
  const released = namesIn(written["READABLE_ENV"] ?? "");
  return Object.keys(written).flatMap((name) => {
    if (known.includes(name) || released.includes(name) || isTerraformVariable(name)) return [];
    const near = nearNames(name.slice(0, MAX_NAME_CHARS), known);
    return near.length === 0 ? [] : [`.env: ${name} is no setting; did you mean ${near.join(" or ")}?`];
  });
}
