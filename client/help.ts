/** One screen about what the operator can do. */

export const HELP = `
What you type goes to Architect_Zero, or to whom you name: @DevOps_Builder, @QA_Tester (Tab completes).

STOP          stop everything that runs, now; your next message sets the team going again
CLEAR         stop, and begin a new session with an empty history
exit, quit    leave; the team goes on working
/agents       who is doing what
/status       session, epoch, state, connection, what is not sent yet, where the log is
/history [n]  the last n messages (10)
/think        show or hide what the agents think
/help         this page

Enter sends. Alt+Enter or Ctrl+J: a new line. A paste of many lines is one message.
Up and down: what you entered before. Ctrl+A/E/U/K/W, Alt+B/F/D: as in a shell.
Ctrl+C clears the line, twice on an empty line leaves. Ctrl+D on an empty line leaves. Ctrl+L redraws.`;
