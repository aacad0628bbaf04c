import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ClusterFiles } from "./cluster-client.ts";
import { createMirror } from "./pmxcfs-mirror.ts";

let folder: string;
let files: ClusterFiles["files"];
let revision: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pmxcfs-mirror-"));
  [files, revision] = [{}, 0];
});
afterEach(() => rmSync(folder, { recursive: true }));

function mirror() {
  const latest = async (): Promise<ClusterFiles> => ({
    ...{ revision: ++revision, files },
    folders: ["nodes/pve1/qemu-server"],
  });
  const cluster = { files: latest } as Parameters<typeof createMirror>[0]["cluster"];
  return createMirror({ directory: join(folder, "pve"), node: "pve1", cluster });
}

const read = (path: string) => readFileSync(join(folder, "pve", path), "utf8");

it("shows names as long as a name can be", async () => {
  const name = "a".repeat(255);
  files = { [name]: "x", [`nodes/pve1/${name}`]: "y" };
  await mirror().sync();
  expect([read(name), read(`local/${name}`)]).toEqual(["x", "y"]);
  expect(readdirSync(folder)).toEqual(["pve"]);
});

it("follows a name that was a file and is a folder, and the other way round", async () => {
  const { sync } = mirror();
  files = { note: "1", "constructor/x": "2" };
  await sync();
  files = { "note/x/y": "3", constructor: "4" } as ClusterFiles["files"];
  await sync();
  expect([read("note/x/y"), read("constructor")]).toEqual(["3", "4"]);
  files = {};
  await sync();
  expect(readdirSync(join(folder, "pve")).sort()).toEqual(["local", "lxc", "nodes", "qemu-server"]);
});
