/** One screen about what the operator can do: at most 23 rows of 77 columns. */

import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import { LEAVING, type Leaving } from "./leaving.ts";

export function helpText(leaving: Leaving): Redacted {
  return redacted`
What you type goes to Architect_Zero, or to whom you name: @QA_Tester.

STOP          stop everything now; your next message sets the team going
CLEAR         stop, and begin a new session with an empty history
exit, quit    ${LEAVING[leaving]}
/status       what the team does, for whom it waits, where the log is
/agents       who is doing what
/cost         tokens and money of this session, by role
/budget       what is left of the budgets; /budget raise 5$ adds to them
/pending      changes that wait; /show /grant /deny NAME; /mode: who is asked
/mission      what you asked for; /mission new begins another; /checks: proof
/output [n]   opens all of what is numbered [n] in the pager; q comes back
/watch        tool calls to show: off, changes, all (* the cluster, + files)
/host         what the team reaches beside the nodes: list, add, remove
/think        show or hide what the agents think
/history [n]  the last n messages (10)
/dead [n]     messages that no role could finish; with a number: sent again

Enter sends, a paste of many lines too; Alt+Enter or Ctrl+J: a new line; Tab.
Up, Down, Ctrl+R: what you entered before. Ctrl+A/E/U/K/W, Alt+B/F/D edit.
Ctrl+C clears the line, twice leaves; Ctrl+D leaves; Ctrl+L draws it anew.`;
}
