import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseScenario } from "../../lab/model/scenario.ts";
import { type Model, startModel } from "../../lab/model/server.ts";
import { type Mission, playMission } from "./missions/play.ts";

vi.setConfig({ testTimeout: 180_000 }); // each mission starts a whole team, also on a busy machine

describe("played with the scripted model", () => {
  let model: Model;
  beforeAll(async () => {
    const rules = [
      { role: "Architect_Zero", when: { heard: "hello" }, say: "Nothing is asked.\n[DONE]" },
      { role: "DevOps_Builder", say: "pve1 has no guests of ours." },
    ];
    const scenario = parseScenario(JSON.stringify({ name: "missions", request: "hello", rules }), "missions");
    const beforeAnswer = async (role: string) => {
      if (role === "QA_Tester") await new Promise(() => {}); // thinks until it is stopped
    };
    model = await startModel({ scenario, beforeAnswer });
  });
  afterAll(() => model.close());

  const play = (mission: Mission, limitMs = 120_000) => {
    const settings = { OPENAI_API_BASE: model.url, OPENAI_API_KEY: "scripted", LLM_MODEL: "scripted" };
    return playMission(mission, { settings, limitMs, signal: new AbortController().signal });
  };
  const clean = { crashes: 0, turns_without_outcome: 0, idle_unnoticed: 0, markup_as_word: 0 };

  test("a mission is done, and one that only a role has answered ends in a notice", async () => {
    expect(await play({ name: "done", say: "hello" })).toMatchObject({
      ...{ ...clean, ended: "done", turns: 1, model_calls: 1, outcomes: "Architect_Zero completed" },
    });
    expect(await play({ name: "one-role", say: "@DevOps_Builder Which guests run on pve1?" })).toMatchObject({
      ...{ ...clean, ended: "answered", outcomes: "DevOps_Builder completed" },
    });
  });

  test("STOP in the middle, and the end of the time, leave no turn without an outcome", async () => {
    expect(await play({ name: "stop", say: "@QA_Tester Look.", stopAfterS: 0 })).toMatchObject({
      ...{ ...clean, ended: "stopped by the operator", outcomes: "QA_Tester cancelled" },
    });
    expect(await play({ name: "slow", say: "@QA_Tester Look." }, 5_000)).toMatchObject({
      ...{ ...clean, ended: "stopped at the limit", outcomes: "QA_Tester cancelled" },
    });
  });
});
