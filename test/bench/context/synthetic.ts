/** Sessions of chance, for where no recording is: as long, as wordy and as repetitive as sessions of such a team are. */
import { between, randomFrom } from "../../../agents/testing/random.ts";
import type { SessionEvent } from "./events.ts";

const WORDS =
  "the node is a guest with storage and network for cluster plan apply check host file state".split(" ");
/** Who speaks to whom next, and how many steps it works before. */
const LAPS = [
  ["Architect_Zero", "DevOps_Builder", 2],
  ["DevOps_Builder", "Security_Sentinel", 4],
  ["Security_Sentinel", "DevOps_Builder", 2],
  ["DevOps_Builder", "QA_Tester", 3],
  ["QA_Tester", "Architect_Zero", 2],
] as const;

export function syntheticSessions(seed: number, laps = 50): SessionEvent[] {
  const random = randomFrom(seed);
  const events: SessionEvent[] = [];
  let t = 1_000_000;
  const add = (sender: string, kind: string, more: Partial<SessionEvent> = {}) =>
    events.push({ t, sender, kind, ...more });
  const text = (chars: number) => {
    const words: string[] = [];
    for (let length = 0; length < chars; length += 6)
      words.push(
        `${WORDS[between(random, 0, WORDS.length)]}${random() < 0.1 ? between(random, 0, 999) : ""}`,
      );
    return words.join(" ");
  };
  add("User", "user", { content: `Build a cluster of two nodes. ${text(900)}` });
  let from = "User";
  for (let lap = 0; lap < laps; lap++) {
    if (lap % 9 === 5) add("User", "user", { content: `@Architect_Zero one thing more: ${text(300)}` });
    if (lap % 12 === 11) t += 3_600; // a pause: what servers kept has gone
    for (const [role, to, steps] of LAPS) {
      add(`${role}::think`, "turn_start", { from });
      for (let step = between(random, 0, steps + 1); step > 0; step--) {
        t += between(random, 2, 30);
        add(`${role}::think`, "step");
        const n = between(random, 0, 25);
        add(`${role}::think`, "tool_call", {
          tool: "read_file",
          args: JSON.stringify({ path: `/app/docs/${n}.md` }),
        });
        add(role, "tool_result", {
          tool: "read_file",
          content: text(resultChars(random)),
        });
      }
      t += between(random, 5, 60);
      add(`${role}::think`, "step");
      add(role, "message", { content: `@${to} ${text(between(random, 300, 4_500))}` });
      from = role;
    }
  }
  return events;
}

/** Half of them are short, a few are long. */
function resultChars(random: () => number): number {
  const kind = random();
  if (kind < 0.7) return between(random, 30, 350);
  return kind < 0.95 ? between(random, 400, 2_000) : between(random, 4_000, 9_000);
}
