/**
 * Arguments that try to be more than they are: options, other hosts, other files, other commands. Nothing of it starts.
 * Long because it is a list.
 */

export type ArgumentCase = {
  tool: "run_terraform" | "run_ansible" | "run_ssh" | "run_shell";
  args: Record<string, unknown>;
  /** Put into the workspace before, by visible path. */
  files?: Readonly<Record<string, string>>;
};

/** Of the machine: a file outside of the workspace with a secret in it, and a node that is not in the inventory. */
export type Targets = { secretFile: string; decoyPort: number };

const lines = (text: string) => text.trim().split("\n");

const MODULE = "/app/infra/web";
const SITE = "/app/config/site.yml";

const HOSTS = lines(`
decoy
127.0.0.1
localhost
::1
[::1]
root@decoy
root@pve1
pve1 
 pve1
PVE1
pve1,decoy
pve1;decoy
pve1:22
pve1%0adecoy
pve1/../decoy
pve1#
pve1@decoy
ssh://pve1
-oProxyCommand=id
-F/dev/null
--
-J decoy
-w 0
all
*
?ve1
pve[1]
pve1|decoy
$(id)
\`id\`
pve1&&id
__proto__
constructor
prototype
toString
null
undefined
0
169.254.169.254
2130706433
0x7f000001
p\u200bve1
pve1\u202e
ｐve1
pvе1
pve1.
`);
const ODD_HOSTS = [
  "pve1\n",
  "\npve1",
  "pve1\0",
  "pve1\0decoy",
  "pve1\r\ndecoy",
  "pve1\t",
  "",
  "x".repeat(64),
  "x".repeat(65),
];

const OPTIONS = lines(`
-chdir
-var
-var-file
-backend-config
-target
-state
-out
-plugin-dir
-from-module
-auto-approve
-refresh
-lock
args
extra_args
flags
env
environment
var
vars
var_file
chdir
cwd
backend_config
target
plugin_dir
auto_approve
user
port
key
identity_file
proxy
options
ssh_args
become
connection
module_path
vault_password_file
private_key
forks
start_at
inventory_plugin
ansible_cfg
stdin
sandbox
isolation
role
access
signal
TF_CLI_ARGS
TF_CLI_ARGS_plan
ANSIBLE_CONFIG
LD_PRELOAD
PATH
__proto__x
`);

const COMMANDS = lines(`
console
import
force-unlock
taint
workspace
providers
get
login
state rm
state_rm
state_push
apply -auto-approve
plan -out=/app/docs/x
-version
init -upgrade
init -from-module=/tmp
output -json
show -json
 plan
PLAN
`);

const PLACES = lines(`
/
/etc
/app
/app/config
/app/docs
/tmp/app
/app/infra/../config
/app/infra/../../etc
/app/infra-evil
/app/infra/../infra-evil
infra
web
.
..
../web
-chdir=/etc
-var-file=/etc/passwd
--help
/app/infra/web -destroy
/app/infra/web;id
/app/infra/web\u0000/x
/app/infra/$(id)
/app/infra/\`id\`
/app/infra/*
/app/infra/%2e%2e/config
file:///app/infra/web
git::https://example.org/x
https://example.org/x.zip
s3::x
/proc/self/root
/proc/self/cwd
/proc/1/root/app/infra
/dev/stdin
/dev/fd/0
~/x
/APP/infra/web
/app/infra/terraform.tfstate
/app/infra/x.tfplan
/app/infra/id_rsa
/app/infra/link
`);

const FILES = lines(`
/etc/passwd
/etc/ansible/hosts
@/etc/passwd
@/app/config/site.yml
-e@/etc/passwd
--connection=local
-i
-ilocalhost,
localhost,
pve1,decoy,
decoy,
,
/dev/stdin
/dev/fd/0
/proc/self/environ
/app/config
/app/config/
/app/config/.
/app/config/../infra/site.yml
/app/config/../../etc/site.yml
/app/config-evil/site.yml
/app/infra/site.yml
/app/docs/site.yml
/tmp/app/site.yml
/tmp/site.yml
site.yml
./site.yml
../config/site.yml
~/site.yml
/app/config/site.yml,/etc/passwd
/app/config/site.yml -e x=1
/app/config/site.yml\u0000.yml
/app/config/site.yml\n/etc/passwd
/app/config/site.json
/app/config/site
/app/config/site.yml.j2
/app/config/link.yml
/app/config/-e.ymlx
http://127.0.0.1/site.yml
git+https://example.org/site.yml
namespace.collection.site
file:///app/config/site.yml
/app/config/id_rsa
/app/config/vault_key
/app/config/*.yml
/APP/config/site.yml
`);

const PATTERNS = lines(`
--become
-e@/etc/passwd
@/etc/passwd
@/app/config/site.yml
pve1 --connection local
pve1 -e x
 pve1
pve1\n
pve1\0
pve1;id
pve1|id
$(id)
\`id\`
~pve.*
&pve1
[a]
{{x}}
{{ lookup('pipe','id') }}
'pve1'
"pve1"
/etc/passwd
../x
-
--
=x
:
,
.
\\x
пve1
`);

const VARIABLES = lines(`
a b
a=b
-e
--extra
@/etc/passwd
a.b
a-b
a:b
{{x}}
a\nb
a\0
1a
 a
a 
/etc
a/b
$a
"a"
'a'
[a]
é
a\u200b
`);

/** More than four hundred calls, none of which may have an effect. */
export function quietCases({ secretFile }: Targets): ArgumentCase[] {
  const digests = [
    "",
    "x",
    "-",
    "0".repeat(63),
    "0".repeat(65),
    "G".repeat(64),
    "0".repeat(64),
    "A".repeat(64),
    secretFile,
  ];
  const odd = [
    `${"0".repeat(64)}\n`,
    ` ${"0".repeat(64)}`,
    `../${"0".repeat(61)}`,
    `-auto-approve`,
    `-var=x=1`,
    `*`,
    `/etc/passwd`,
  ];
  return [
    ...[...HOSTS, ...ODD_HOSTS].map((host) => ssh({ host })),
    ...OPTIONS.flatMap((name) => [
      ssh({ host: "pve1", [name]: secretFile }),
      terraform({ command: "plan", dir: MODULE, [name]: secretFile }),
      ansible({ playbook: SITE, [name]: secretFile }),
    ]),
    ...COMMANDS.map((command) => terraform({ command, dir: MODULE })),
    ...[...PLACES, secretFile].map((dir) => terraform({ command: "validate", dir })),
    ...[...digests, ...odd].flatMap((plan) => [
      ...["apply", "destroy", "show", "plan"].map((command) => terraform({ command, dir: MODULE, plan })),
    ]),
    ...[...FILES.filter((file) => file !== SITE), secretFile].flatMap((file) => [
      ansible({ playbook: file }),
      ansible({ playbook: SITE, inventory: file }),
    ]),
    ...PATTERNS.flatMap((text) => [
      ansible({ playbook: SITE, limit: text }),
      ansible({ playbook: SITE, tags: [text.replace(/^[A-Za-z]\w*$/, "-x")] }),
    ]),
    ...VARIABLES.map((name) => ansible({ playbook: SITE, extra_vars: { [name]: "x" } })),
  ];
}

const ssh = (args: Record<string, unknown>): ArgumentCase => ({
  tool: "run_ssh",
  args: { command: "id", ...args },
});
const terraform = (args: Record<string, unknown>): ArgumentCase => ({
  tool: "run_terraform",
  args,
  files: EMPTY_MODULE,
});
const ansible = (args: Record<string, unknown>): ArgumentCase => ({
  tool: "run_ansible",
  args,
  files: EMPTY_PLAY,
});

const EMPTY_MODULE = { [`${MODULE}/main.tf`]: 'resource "terraform_data" "a" {}\n' };
const EMPTY_PLAY = { [SITE]: "- hosts: proxmox\n  gather_facts: false\n  tasks: []\n" };
