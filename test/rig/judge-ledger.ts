/** Compares the ledgers of the roles with the model server's own account: to the token. */
import { ROLES } from "../../agents/protocol/roles.ts";
import { addTokens, NO_TOKENS, type Spending, type Tokens } from "../../agents/protocol/spending.ts";
import type { Billed } from "../../lab/model/chat.ts";

/** Each difference in a line. */
export function judgeLedger(spending: readonly Spending[], billed: Billed): string[] {
  return ROLES.flatMap((role) => {
    const own = spending.filter((spent) => spent.role === role);
    const noted = own.reduce<Tokens>(addTokens, NO_TOKENS);
    const estimated = own.reduce((sum, spent) => sum + spent.estimated, 0);
    const account = billed[role] ?? NO_TOKENS;
    const names = Object.keys(NO_TOKENS) as (keyof Tokens)[];
    return [
      ...(estimated > 0 ? [`${role}: ${estimated} steps of its ledger are estimates`] : []),
      ...names
        .filter((name) => noted[name] !== account[name])
        .map((name) => `${role}: its ledger has ${noted[name]} ${name} tokens, the server ${account[name]}`),
    ];
  });
}
