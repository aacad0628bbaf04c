import { expect, test } from "vitest";
import { foldPlay } from "./ansible-fold.ts";

const STARS = "*".repeat(40);
const RUN = `
PLAY [Harden sshd] ${STARS}

TASK [Gathering Facts] ${STARS}
ok: [pve1]
ok: [pve2]

TASK [Packages] ${STARS}
ok: [pve1] => (item=curl)
skipping: [pve2]

TASK [Say it] ${STARS}
ok: [pve1] => {
    "msg": "PLAY RECAP *****"
}

TASK [Set it] ${STARS}
--- before: /etc/motd
+++ after: /tmp/ansible/ansible-local-2ckf0slra/tmpg7wyengo
@@ -1 +1 @@
-ok: [pve1]
+TASK [x] ****

changed: [pve1]
ok: [pve2]

PLAY RECAP ${STARS}
pve1                       : ok=4    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   
pve2                       : ok=2    changed=0    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0   
`;
const FILE = "/app/docs/tool_output/c1.stdout.log";

test("of a run that went well remains what changed, was skipped or was said", () => {
  expect(foldPlay(RUN, { isWell: true, file: FILE })).toBe(`PLAY [Harden sshd]
TASK [Packages]
ok: [pve1] => (item=curl)
skipping: [pve2]
TASK [Say it]
ok: [pve1] => {
    "msg": "PLAY RECAP *****"
}
TASK [Set it]
--- before: /etc/motd
+++ after
@@ -1 +1 @@
-ok: [pve1]
+TASK [x] ****
changed: [pve1]
ok: [pve2]
[1 task ok without a change: ${FILE}]`);
});

test("of a run that failed every task remains, in its order", () => {
  const failed = RUN.replace("changed: [pve1]", 'fatal: [pve1]: FAILED! => {"msg": "no"}');
  const folded = foldPlay(failed, { isWell: false, file: FILE });
  expect(folded).toContain("TASK [Gathering Facts]\nok: [pve1]\nok: [pve2]\nTASK [Packages]\n");
  expect(folded).toContain('\nfatal: [pve1]: FAILED! => {"msg": "no"}\nok: [pve2]');
  expect(folded).not.toMatch(/\*{10}|unreachable=|without a change/);
});

test("a recap that something follows is not the recap", () => {
  const text = `TASK [a] ***\nPLAY RECAP ***\nchanged: [pve1]`;
  expect(foldPlay(text, { isWell: true, file: FILE })).toBe("TASK [a]\nPLAY RECAP ***\nchanged: [pve1]");
});
