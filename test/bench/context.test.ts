import { expect, test } from "vitest";
import { syntheticSessions } from "./context/synthetic.ts";
import { judge, playAll } from "./context.ts";

test("over sessions of chance prompts cost what they may, and each begins with the one before it", async () => {
  const { ok, figures } = judge(await playAll([syntheticSessions(7)]));
  expect(figures).toMatchObject({ calls_without_mission: 0, begun_anew: 0 });
  expect(Number(figures["evictions"])).toBeGreaterThan(3);
  expect({ ok, figures }).toMatchObject({ ok: true });
});
