/**
 * The recap of an ansible run, as data: a callback plugin writes it to a file, because the text that people
 * read can be printed by any task. The plugin also marks what runs on the nodes, so that it can be ended there.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CALL_MARK } from "../host/commands/descendants.ts";

/** For ANSIBLE_CALLBACKS_ENABLED. */
export const RECAP_PLUGIN = "minilab_recap";
/** The variable that names the file to write. */
export const RECAP_VARIABLE = "MINILAB_RECAP";

export const RECAP_PLUGIN_SOURCE = `
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: ${RECAP_PLUGIN}
type: notification
short_description: writes the recap of a run to a file
description: writes the recap of a run to the file named by ${RECAP_VARIABLE}
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "${RECAP_PLUGIN}"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook):
        mark = {"${CALL_MARK}": os.environ["${CALL_MARK}"]}
        for play in playbook.get_plays():
            play.environment = (play.environment or []) + [mark]

    def v2_playbook_on_stats(self, stats):
        recap = {host: stats.summarize(host) for host in sorted(stats.processed)}
        with open(os.environ["${RECAP_VARIABLE}"], "w") as file:
            json.dump(recap, file)
`;

const recapShape = z.record(
  z.string(),
  z.object({
    ok: z.number(),
    changed: z.number(),
    unreachable: z.number(),
    failures: z.number(),
    skipped: z.number(),
    rescued: z.number(),
    ignored: z.number(),
  }),
);

export type Recap = z.infer<typeof recapShape>;

/** Undefined when the run ended before it had one: a syntax error, an interruption. */
export async function readRecap(file: string): Promise<Recap | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : recapShape.parse(JSON.parse(text));
}

/** At least one host, and none failed or was unreachable: whatever the exit code says. */
export function isSuccess(recap: Recap | undefined): boolean {
  const hosts = Object.values(recap ?? {});
  return hosts.length > 0 && hosts.every(({ failures, unreachable }) => failures + unreachable === 0);
}

/** One line a host: `Recap: pve1 ok=5 changed=2 unreachable=0 failed=0 ...`. */
export function recapLines(recap: Recap | undefined): string[] {
  if (!recap) return ["Recap: none, the run ended before its end"];
  const lines = Object.entries(recap).map(([host, { failures, ok, changed, unreachable, ...rest }]) => {
    const counts = { ok, changed, unreachable, failed: failures, ...rest };
    return `Recap: ${host} ${Object.entries(counts)
      .map(([name, count]) => `${name}=${count}`)
      .join(" ")}`;
  });
  return lines.length > 0 ? lines : ["Recap: no host matched, nothing was done"];
}
