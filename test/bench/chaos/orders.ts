/** What the harness tells an agent process. */
import type { Env } from "../../../agents/base/config.ts";
import type { Failpoint } from "./failpoints.ts";
import type { Weakness } from "./weakness.ts";

/** It has all five classes of tools. */
export const ROLE = "DevOps_Builder";

/** The fault hits the n-th pass of the point. */
export type Armed = { point: Failpoint; nth: number };

export type Orders = {
  env: Env;
  /** Replicas of a role differ in it; one that starts again has its old one. */
  consumer: string;
  leaseMs: number;
  armed?: Armed;
  weakness?: Weakness;
};
