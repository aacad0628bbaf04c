/**
 * Planted loops, written before the brake that is judged by them was: two roles that say the same to each other again, word
 * for word, in other words, with counters and times, at length, or with calls that show nothing new. Long because they
 * are data.
 */
import { randomFrom } from "../../../agents/testing/random.ts";
import { type Spoken, spoken } from "./spoken.ts";

/** Two sides of one loop, each in so many wordings of the same. */
type Loop = { pair: string; one: readonly string[]; two: readonly string[] };

const LOOPS: readonly Loop[] = [
  {
    pair: "AB",
    one: [
      "@DevOps_Builder please go on with the plan as soon as you are ready.",
      "@DevOps_Builder continue with the plan whenever you can.",
      "@DevOps_Builder you may proceed with what we planned.",
      "@DevOps_Builder carry on, the plan stands.",
      "@DevOps_Builder kindly resume the planned work.",
      "@DevOps_Builder it is your turn now: the plan, please.",
      "@DevOps_Builder nothing has changed on my side, proceed.",
    ],
    two: [
      "@Architect_Zero I am ready and wait for your go.",
      "@Architect_Zero standing by for your instruction to begin.",
      "@Architect_Zero all set here; tell me when to start.",
      "@Architect_Zero ready whenever you give the word.",
      "@Architect_Zero prepared and waiting for your confirmation.",
      "@Architect_Zero I await your order before I do anything.",
      "@Architect_Zero please confirm and I will begin.",
    ],
  },
  {
    pair: "AS",
    one: [
      "@Security_Sentinel please approve the plan so that we can go on.",
      "@Security_Sentinel we need your approval to continue.",
      "@Security_Sentinel may we have your verdict on the plan?",
      "@Security_Sentinel kindly give your go for the plan.",
      "@Security_Sentinel the plan waits for your approval.",
      "@Security_Sentinel is the plan fine for you now?",
      "@Security_Sentinel could you sign off what I sent?",
    ],
    two: [
      "@Architect_Zero: STOP. My earlier findings are still open.",
      "@Architect_Zero: STOP, the issues that I raised have not been settled.",
      "@Architect_Zero: STOP. As said before, the findings remain.",
      "@Architect_Zero: STOP. Nothing of what I found was addressed.",
      "@Architect_Zero: STOP stands; see what I reported earlier.",
      "@Architect_Zero: STOP. I cannot approve while my points are open.",
      "@Architect_Zero: STOP until what I listed is corrected.",
    ],
  },
  {
    pair: "AQ",
    one: [
      "@QA_Tester thank you for the thorough verification, well done.",
      "@QA_Tester great work, thanks for checking all of it.",
      "@QA_Tester much appreciated, your report is very clear.",
      "@QA_Tester thanks again for the careful testing.",
      "@QA_Tester excellent, I am grateful for your help.",
      "@QA_Tester wonderful, that helps the whole team.",
      "@QA_Tester thank you, I have noted your report.",
    ],
    two: [
      "@Architect_Zero you are welcome, happy to help.",
      "@Architect_Zero my pleasure, tell me if you need more.",
      "@Architect_Zero glad to be of service to the team.",
      "@Architect_Zero any time, it was a pleasure.",
      "@Architect_Zero thank you for the kind words.",
      "@Architect_Zero always happy to verify things.",
      "@Architect_Zero no problem at all, I am here.",
    ],
  },
  {
    pair: "AB",
    one: [
      "@DevOps_Builder where is the report of the last step?",
      "@DevOps_Builder I still miss your report.",
      "@DevOps_Builder please send the report on what you did.",
      "@DevOps_Builder could you report the result, please?",
      "@DevOps_Builder what came of the last step?",
      "@DevOps_Builder your report has not arrived here.",
      "@DevOps_Builder I need the outcome before we go on.",
    ],
    two: [
      "@Architect_Zero I have reported already, see above.",
      "@Architect_Zero the report was sent before.",
      "@Architect_Zero as I told you, it is all in my report.",
      "@Architect_Zero please look at my earlier message.",
      "@Architect_Zero nothing to add to what I reported.",
      "@Architect_Zero my report stands as I gave it.",
      "@Architect_Zero it was all in the message before.",
    ],
  },
  {
    pair: "BS",
    one: [
      "@Security_Sentinel I need a grant before I can run this.",
      "@Security_Sentinel the tool refuses without your permission.",
      "@Security_Sentinel please permit the change.",
      "@Security_Sentinel I am blocked until you allow it.",
      "@Security_Sentinel could you let me do the change?",
      "@Security_Sentinel your leave is missing for my command.",
      "@Security_Sentinel without your consent I cannot go on.",
    ],
    two: [
      "@DevOps_Builder ask Architect_Zero to submit it for review.",
      "@DevOps_Builder I review only what the Architect submits.",
      "@DevOps_Builder this has to come from the coordinator.",
      "@DevOps_Builder requests like this go through Architect_Zero.",
      "@DevOps_Builder I can give no verdict without a submission.",
      "@DevOps_Builder let the Architect send it to me.",
      "@DevOps_Builder not before it was submitted to me.",
    ],
  },
  {
    pair: "AQ",
    one: [
      "@QA_Tester please verify as soon as the work is finished.",
      "@QA_Tester test it once the Builder is done.",
      "@QA_Tester begin your checks when everything is in place.",
      "@QA_Tester look at the result after the change.",
      "@QA_Tester verify it when it is there.",
      "@QA_Tester check the outcome when the time has come.",
      "@QA_Tester run your tests as soon as possible.",
    ],
    two: [
      "@Architect_Zero: nothing to verify yet, tell me when it is done.",
      "@Architect_Zero: I wait until the work has been carried out.",
      "@Architect_Zero: there is nothing that I could test so far.",
      "@Architect_Zero: not verified, the change is not there.",
      "@Architect_Zero: I begin when the Builder has finished.",
      "@Architect_Zero: let me know once it can be checked.",
      "@Architect_Zero: still waiting for something to test.",
    ],
  },
];

const FORMS = ["same words", "other words", "counters", "at length", "idle calls"] as const;
const ROUNDS = 6;
/** Before every second loop stands work that was done. */
const PREFIX = [
  "A>B 1 @DevOps_Builder take inventory of both nodes.",
  "B>A 5 @Architect_Zero pve1 and pve2 run 9.0.3, vmbr0 is there, 31 GB of memory are free.",
];

export type PlantedLoop = {
  name: string;
  /** Ordinary; the loop begins after it. */
  prefix: Spoken[];
  loop: Spoken[];
};

/** The same `count` loops for the same seed. */
export function plantedLoops(count: number, seed: number): PlantedLoop[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, index) => {
    const { pair, one, two } = LOOPS[index % LOOPS.length] as Loop;
    const form = FORMS[Math.floor(index / LOOPS.length) % FORMS.length] ?? "same words";
    const pick = (wordings: readonly string[], round: number, from: number) =>
      wordings[form === "other words" || form === "at length" ? (from + round) % wordings.length : from] ??
      "";
    const [fromOne, fromTwo] = [Math.floor(random() * one.length), Math.floor(random() * two.length)];
    const [a = "", b = ""] = pair;
    const loop = Array.from({ length: ROUNDS }, (_, round) => [
      spoken(`${a}>${b} 0 ${dressed(form, pick(one, round, fromOne), round)}`),
      spoken(`${b}>${a} 0 ${dressed(form, pick(two, round, fromTwo), round)}`),
    ]).flat();
    return { name: `${pair} ${form}`, prefix: index % 2 === 0 ? [] : PREFIX.map(spoken), loop };
  });
}

/** Padding that says no more than what it is added to. */
const PADDING = [
  "I have gone through everything once more with great care, and I want to be as clear as I can about where we stand.",
  "To summarise the situation for everybody who reads along: my position is as described, and I would like us to move.",
  "For the sake of completeness I repeat the essential point, so that no misunderstanding remains between us.",
  "Let me put it plainly, since we have spoken about it already and it matters for what comes next.",
];

function dressed(form: (typeof FORMS)[number], text: string, round: number): string {
  switch (form) {
    case "counters":
      return `${text} (reminder ${round + 1}, 10:${String(4 + 3 * round).padStart(2, "0")})`;
    case "at length":
      return `${text} ${PADDING[round % PADDING.length]} ${PADDING[(round + 1) % PADDING.length]}`;
    case "same words":
    case "other words":
    case "idle calls":
      return text;
    default:
      return form satisfies never;
  }
}
