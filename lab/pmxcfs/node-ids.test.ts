import { expect, it } from "vitest";
import { NodeIds } from "./node-ids.ts";

it("knows what is gone by no number, and the next of its name by another", () => {
  const ids = new NodeIds();
  const old = ids.remember("f");
  ids.drop("f");
  const next = ids.remember("f");
  expect([ids.pathOf(old), ids.pathOf(next)]).toEqual([undefined, "f"]);
  ids.forget(old, 1n);
  expect([ids.pathOf(next), ids.idOf("f")]).toEqual(["f", next]);
});

it("knows what was moved by its number, and what it has replaced by none", () => {
  const ids = new NodeIds();
  const [replaced, moved] = [ids.remember("f"), ids.remember("g")];
  ids.move("g", "f");
  expect([ids.pathOf(replaced), ids.pathOf(moved), ids.idOf("f")]).toEqual([undefined, "f", moved]);
  ids.move("f", "f");
  expect(ids.pathOf(moved)).toBe("f");
});
