/** `./minilab test --containers`: the Compose file for real, from the build to a finished rehearsal. */
import { describeError } from "../../agents/base/errors.ts";
import { add, conclude, FAILED, PASSED, type Tally } from "../rig/tally.ts";
import { CHECKS, type Check } from "./container-checks.ts";
import { type ContainerTeam, prepareTeam } from "./container-team.ts";
import { findEngine } from "./docker.ts";

/**
 * Exit code 1 when anything failed; after the first failure the other checks are unreached, which counts as
 * failed. Everything that it started is gone afterwards.
 */
export async function testContainers(signal: AbortSignal): Promise<number> {
  let total: Tally = { passed: 0, failed: 0 };
  try {
    await using engine = await findEngine(signal);
    console.log(`== containers: ${engine.description}`);
    await using team = await prepareTeam(engine, signal);
    for (const [name, check] of CHECKS) {
      total = add(total, total.failed === 0 ? await runCheck(name, check, team) : FAILED);
    }
  } catch (error) {
    console.log(`not ok  ${describeError(error)}`);
    total = add(total, FAILED);
  }
  return conclude(total);
}

async function runCheck(name: string, check: Check, team: ContainerTeam): Promise<Tally> {
  try {
    await check(team);
    console.log(`ok      ${name}`);
    return PASSED;
  } catch (error) {
    console.log(`not ok  ${name}\n${describeError(error)}`);
    console.log(await team.compose("ps", "--all").catch(describeError));
    console.log(await team.compose("logs", "--no-color", "--tail", "15").catch(describeError));
    return FAILED;
  }
}
