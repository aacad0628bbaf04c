/** Who takes part in the channel: four roles and the operator. */

export const ROLES = ["Architect_Zero", "DevOps_Builder", "Security_Sentinel", "QA_Tester"] as const;
export type Role = (typeof ROLES)[number];

/** The operator's name on the wire. */
export const OPERATOR = "User";
export const SENDERS = [OPERATOR, ...ROLES] as const;
export type Sender = (typeof SENDERS)[number];

/** Who answers what the operator says to nobody in particular, and who hears of failures. */
export const COORDINATOR: Role = "Architect_Zero";

export function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name);
}

export function isSender(name: string): name is Sender {
  return (SENDERS as readonly string[]).includes(name);
}
