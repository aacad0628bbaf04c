/** What somebody reads whose machine lacks what the lab's machines need: one line, with the remedy. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { didLess } from "../../agents/testing/did-less.ts";
import { requirePrograms } from "./network.ts";

it("names the package of a program that is missing", () => {
  expect(() => requirePrograms({ perl: "perl", "no-such-program": "no-such-package" })).toThrow(
    /^the lab's machines need no-such-program: sudo apt-get install no-such-package$/,
  );
});

/** Of no entry in /etc/subuid. */
const WITHOUT_RANGE = 65_534;

it("names the line that gives a range of users to who has none", () => {
  if (process.getuid?.() !== 0) return didLess("nobody without a range was told so: run the tests as root");
  const users = fileURLToPath(new URL("./users.ts", import.meta.url));
  const program = `const { labUsers } = await import(${JSON.stringify(users)}); try { labUsers(); } catch (error) { console.log(error.message); }`;
  const argv = [`--reuid=${WITHOUT_RANGE}`, `--regid=${WITHOUT_RANGE}`, "--clear-groups", process.execPath];
  const { stdout, stderr } = spawnSync("setpriv", [...argv, "--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /^the lab's machines have many users, and \S+ has no range of 65536 in \/etc\/subuid: sudo usermod --add-subuids \S+ --add-subgids \S+ \S+\n$/,
  );
});
