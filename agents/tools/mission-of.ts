/** The open mission, for the tools that record something of it. */
import { AppError } from "../base/errors.ts";
import type { Mission, MissionDesk } from "../protocol/mission.ts";
import type { ToolContext } from "./tool.ts";

type Found = { desk: MissionDesk; mission: Mission; signal: AbortSignal };

/** AppError `conflict` when there is none, or when it is over. */
export async function missionOf({ mission: desk, call: { signal } }: ToolContext): Promise<Found> {
  const mission = await desk?.read({ signal });
  if (!desk || !mission?.isOpen)
    throw new AppError("conflict", "there is no open mission: the operator's next message begins one");
  return { desk, mission, signal };
}
