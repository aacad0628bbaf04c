/** What a team does on an ordinary day: calls of its own and, where there is a recording, those that were recorded. */
import { findBypass } from "../../agents/governance/bypass.ts";
import type { Role } from "../../agents/protocol/roles.ts";
import { recordedCalls } from "../../agents/testing/recorded.ts";

export type OrdinaryCall = {
  role: Role;
  tool: string;
  args: Record<string, unknown>;
  /** A recorded command may fail by itself, its files are not there; it must not be refused. */
  mayFail?: boolean;
};

const BUILDER = "DevOps_Builder";
const TEXT = "Ordinary text, line by line.\n";
const NAMES =
  "main.tf variables.tf outputs.tf README.md site.yml inventory.ini run.sh notes-ü.md a.pem.txt id_rsa.pub".split(
    " ",
  );
const FOLDERS =
  "/app/infra/web /app/config/roles/ssh/tasks /app/docs/design /tmp/app/work /app/infra/.hidden /app/config/…".split(
    " ",
  );

/** Each file is written, added to, read and deleted again. */
function fileCalls(): OrdinaryCall[] {
  const paths = FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`));
  return paths.flatMap((path) => [
    ...[call("save_file", { path, content: TEXT }), call("append_file", { path, content: TEXT })],
    ...[call("read_file", { path }), call("read_file", { path, offset: 2 }), call("delete_file", { path })],
  ]);
}

const COMMANDS = `ls -la
pwd
ls -la /app/docs && ls -la /app/infra
date -u +%Y-%m-%dT%H:%M:%SZ
echo a > f && cat f && rm f
mkdir -p x/y && ls x && rmdir x/y x
for i in 1 2 3; do echo $i; done
printf '%s\\n' b a | sort | uniq -c
sed -n '1,5p' /etc/os-release
grep -c . /etc/passwd
python3 -c 'print(6 * 7)'
perl -e 'print 42'
find /app -maxdepth 1 | head -3
echo 'terraform apply comes next'
cat <<'EOF' > note.md
git --version
sha256sum /etc/passwd
tar cf - /app/docs 2>/dev/null | wc -c
test -d /app/config && echo yes
diff <(echo a) <(echo a)
awk 'BEGIN { print 1 + 1 }'
id
uname -a`.split("\n");
const ON_NODES =
  "id;uname -a;pwd;echo $((6 * 7));cat /etc/os-release;df -h /;ls /;date -u;ps aux | head -3;test -d /etc && echo yes".split(
    ";",
  );
const SETTINGS = ["LLM_MODEL", "PROXMOX_NODES", "SSH_USER", "TZ", "TF_VAR_region"];

export const MODULE = "/app/infra/ordinary";
export const PLAYBOOK = "/app/config/ordinary.yml";
const PLAY = `- hosts: proxmox
  gather_facts: false
  tasks:
    - ping:
      tags: [here]
    - debug:
        msg: "{{ word }} {{ lookup('env', 'LANG') }}"
      when: word is defined
`;

/** Everything but what needs an answer of an earlier call. */
export function ownCalls(): OrdinaryCall[] {
  const module =
    'variable "size" {\n  default = 1\n}\nresource "terraform_data" "a" {\n  input = var.size\n}\n';
  const terraform = (command: string) => call("run_terraform", { command, dir: MODULE });
  const ansible = (args: Record<string, unknown>) => call("run_ansible", { playbook: PLAYBOOK, ...args });
  return [
    ...fileCalls(),
    ...COMMANDS.map((command) =>
      call("run_shell", { command: command.replace(/^cat <<.*/, "$&\nhello\nEOF") }),
    ),
    ...COMMANDS.slice(0, 3).map((command) => ({
      ...call("run_shell", { command }),
      role: "Security_Sentinel" as const,
    })),
    ...ON_NODES.map((command) => call("run_ssh", { host: "pve1", command })),
    ...SETTINGS.map((name) => call("read_env", { name })),
    call("save_file", { path: `${MODULE}/main.tf`, content: module }),
    ...["init", "validate", "plan", "show", "output"].map(terraform),
    call("save_file", { path: PLAYBOOK, content: PLAY }),
    ...[
      {},
      { check: true, diff: true },
      { limit: "pve1", tags: ["here"] },
      { extra_vars: { word: ["a", 1, true] } },
    ].map(ansible),
  ];
}

/** Of the recording: what a role of today may still do, each different call once. */
export function recordedOrdinaryCalls(): OrdinaryCall[] {
  const files = ["save_file", "append_file", "read_file"].flatMap((tool) =>
    recordedCalls(tool).filter(({ logged }) => logged === "OK"),
  );
  const known = files.flatMap(({ role, tool, args: { path = "" } }) => {
    const isAllowed =
      path.startsWith("/app/docs/") ||
      (role === BUILDER && /^\/(?:app\/(?:infra|config)|tmp\/app)\//.test(path));
    return isAllowed ? [{ role, tool, args: { path, ...(tool !== "read_file" && { content: TEXT }) } }] : [];
  });
  const commands = recordedCalls("run_shell").flatMap(({ args_cut, args: { command } }) =>
    command === undefined || args_cut || findBypass(command)
      ? []
      : [{ ...call("run_shell", { command }), mayFail: true }],
  );
  const all = [...known, ...commands];
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function call(tool: string, args: Record<string, unknown>): OrdinaryCall {
  return { role: BUILDER, tool, args };
}
