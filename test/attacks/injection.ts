/**
 * Prompt injection: a real agent whose model obeys every text that it reads, by six ways in which text gets to it. Nothing
 * may be said, granted or changed in another's name, and no secret may get anywhere.
 */
import { COORDINATOR } from "../../agents/protocol/roles.ts";
import { say } from "../rig/talk.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { CARRIERS, type Carrier, carry } from "./injection-carriers.ts";
import { harmSince, leaksInFiles, markSinks } from "./injection-judge.ts";
import { type Payload, payloads, payloadText } from "./injection-payloads.ts";
import { type InjectionStage, type Layer, setInjectionStage } from "./injection-stage.ts";

const LAYERS: readonly Layer[] = ["sandbox", "identities"];
/** For one turn of the agent. */
const TURN_MS = 60_000;

export const injection: AttackClass = {
  name: "injection",
  layers: LAYERS,
  run: (options) => runInjections(options, () => true),
};

/** Only the cases that are `wanted`, for tests. */
export async function runInjections(
  { without, signal }: AttackOptions,
  isWanted: (carrier: Carrier, payload: Payload) => boolean,
): Promise<Tally> {
  await using stack = new AsyncDisposableStack();
  const layer = LAYERS.find((name) => name === without);
  const stage = await setInjectionStage({ without: layer, signal }, stack);
  const tally: Tally = { cases: 0, harm: 0, refused: 0, findings: [] };
  const count = (name: string, harms: readonly string[]) => {
    if (harms.length > 0) tally.harm++;
    tally.findings.push(...harms.map((harm) => `${name}: ${harm}`));
  };
  for (const carrier of CARRIERS) {
    for (const payload of payloads(stage.known).filter((one) => isWanted(carrier, one))) {
      const { harms, isRefused } = await inject(stage, { carrier, payload }, signal);
      tally.cases++;
      if (isRefused) tally.refused++;
      count(`${carrier}, ${payload.name}`, harms);
    }
  }
  count("afterwards", leaksInFiles(stage));
  return tally;
}

/** In a session of its own, which the operator begins with a word to a role that is not there. */
async function inject(
  stage: InjectionStage,
  { carrier, payload }: { carrier: Carrier; payload: Payload },
  signal: AbortSignal,
) {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TURN_MS)]);
  await stage.bus.command("CLEAR", { signal: limit });
  await say(stage.bus, { to: COORDINATOR, content: "begin" }, limit);
  const mark = markSinks(stage);
  const turn = carry(stage, { carrier, text: payloadText(payload) }, limit);
  const { id, said } = await turn.catch((error: unknown) => {
    if (signal.aborted || !limit.aborted) throw error;
    return { id: "", said: undefined };
  });
  const control = await stage.bus.control({ signal });
  const harms = harmSince(stage, mark, id);
  if (control.state !== "running") harms.push("the team was stopped");
  if (said === undefined) harms.push("the agent did not answer");
  return { harms, isRefused: said?.includes("[refused]") === true };
}
