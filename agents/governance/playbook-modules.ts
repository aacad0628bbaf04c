/**
 * Ansible's modules that only read, and with which arguments: what is not written here is not reading. Long because it is a
 * table. From the modules' documentation (docs.ansible.com, ansible-core 2.19, community.general 11, community.proxmox 1).
 */
import { isReadingApi } from "./read-api.ts";
import { isOwnHost } from "./shell-hosts.ts";
import { isReadableFile } from "./shell-paths.ts";

export type Arguments = Readonly<Record<string, unknown>>;
/** Whether the module only reads with these. */
type Reads = (args: Arguments) => boolean;

const always: Reads = () => true;
const without =
  (...names: readonly string[]): Reads =>
  (args) =>
    names.every((name) => args[name] === undefined);
const only =
  (...names: readonly string[]): Reads =>
  (args) =>
    Object.keys(args).every((name) => names.includes(name));
const withState =
  (state: string, isDefault = false): Reads =>
  (args) =>
    args["state"] === state || (isDefault && args["state"] === undefined);

/** `name`: within ansible.builtin also with that before it; others by their whole name, or as Ansible redirects it. */
const READERS: Readonly<Record<string, Reads>> = {
  ping: always,
  setup: only("gather_subset", "gather_timeout", "filter"), // fact_path: programs that are run
  gather_facts: only("parallel", "gather_subset", "gather_timeout", "filter"),
  stat: always,
  find: always,
  slurp: (args) => isFile(args["src"] ?? args["path"]),
  debug: always,
  assert: always,
  fail: always,
  pause: always,
  set_fact: always,
  set_stats: always,
  group_by: always,
  include_vars: always,
  validate_argument_spec: always,
  getent: always,
  package_facts: always,
  service_facts: always,
  mount_facts: always,
  async_status: (args) => args["mode"] === undefined || args["mode"] === "status",
  wait_for: always,
  wait_for_connection: always,
  uri: isReadingRequest,
  // without a state or a setting they say how the unit is
  systemd: only("name", "unit", "service", "scope"),
  systemd_service: only("name", "unit", "service", "scope"),
  meta: isKnownMeta,
  "ansible.utils.validate": always,
  "ansible.utils.fact_diff": always,
  "ansible.utils.update_fact": always,
  "community.general.listen_ports_facts": always,
  "community.general.cloud_init_data_facts": always,
  "community.general.zfs_facts": always,
  "community.general.zpool_facts": always,
  "community.general.facter_facts": always,
  "community.general.read_csv": always,
  "community.general.xml": only(
    "path",
    "xpath",
    "content",
    "count",
    "print_match",
    "namespaces",
    "xmlstring",
  ),
  "community.general.parted": (args) => withState("info", true)(args) && without("flags", "label")(args),
  "community.general.dconf": withState("read"),
  "kubernetes.core.k8s_log": always,
  "community.crypto.get_certificate": without("ca_cert_out"),
  "community.postgresql.postgresql_ping": always,
  "community.general.proxmox_kvm": withState("current"),
  "community.proxmox.proxmox_kvm": withState("current"),
};

/** Whose modules that end in `_info` or `_facts` only read, as Ansible's rules for collections demand. */
const INFO =
  /^(?:(?:ansible\.(?:builtin|posix|utils)|community\.(?:general|proxmox|crypto|docker|postgresql|mysql|libvirt|dns|hashi_vault|mongodb|rabbitmq|zabbix|grafana|network)|kubernetes\.core|containers\.podman|cloud\.common)\.)?(?!acme)[a-z0-9_]+_(?:info|facts)$/;

/** Those that run a command, by what looks at its words. */
const COMMANDS: Readonly<Record<string, "words" | "sh">> = { command: "words", shell: "sh", raw: "sh" };

const MOVED = /^(?:parted|xml|read_csv|listen_ports_facts|dconf|proxmox_kvm|zfs_facts|zpool_facts)$/;

/** The name without `ansible.builtin.`; of what has been moved into community.general its whole name. */
export function moduleName(written: string): string {
  const name = written.replace(/^ansible\.(?:builtin|legacy)\./, "");
  return MOVED.test(name) ? `community.general.${name}` : name;
}

export function runsCommand(module: string): "words" | "sh" | undefined {
  return Object.hasOwn(COMMANDS, module) ? COMMANDS[module] : undefined;
}

export function isReadingModule(module: string, args: Arguments): boolean {
  const reads = Object.hasOwn(READERS, module) ? READERS[module] : undefined;
  return reads ? reads(args) : INFO.test(module) && without("dest", "update_repo_cache")(args);
}

/** They change nothing in check mode, or are skipped in it: by their own documentation. */
const CHECKED =
  /^(?:copy|template|file|lineinfile|blockinfile|replace|service|systemd|systemd_service|sysvinit|user|group|cron|hostname|apt|command|shell|raw|script|ansible\.posix\.(?:sysctl|authorized_key|mount))$/;

/** `validate` runs its command all the same, and a list of packages is fetched. */
export function isHarmlessChecked(module: string, args: Arguments): boolean {
  return CHECKED.test(module) && without("validate", "update_cache", "cache_valid_time", "deb")(args);
}

/** Opening a device can act: a name that is not known may be one. */
function isFile(value: unknown): boolean {
  if (typeof value !== "string" || value.split("/").includes("..")) return false;
  const [known = ""] = value.split("{");
  return known === value ? isReadableFile(value) : /^\/(?:etc|home|opt|root|srv|usr|var)\//.test(known);
}

function isKnownMeta(args: Arguments): boolean {
  const action = args["_raw_params"] ?? args["free_form"];
  return /^(?:flush_handlers|refresh_inventory|noop|clear_facts|clear_host_errors|end_\w+|reset_connection)$/.test(
    String(action),
  );
}

const KEEPS = ["dest", "creates", "removes", "body", "src", "unix_socket"];

/** A GET or HEAD that keeps nothing, of a host that is known, and with nothing for a public one that is not written here. */
function isReadingRequest(args: Arguments): boolean {
  const { url, method = "GET" } = args;
  if (typeof url !== "string" || !/^(?:GET|HEAD|OPTIONS)$/i.test(String(method))) return false;
  if (KEEPS.some((name) => args[name] !== undefined)) return false;
  const isSecret = ["url_password", "headers", "client_key"].some((name) => args[name] !== undefined);
  return isReadingAddress(url, isSecret);
}

/** Where a host may be told by Ansible itself. */
const OWN_NAMES =
  /^\{\{ ?(?:inventory_hostname|inventory_hostname_short|ansible_host|ansible_hostname|ansible_nodename|ansible_default_ipv4\.address|ansible_facts(?:\.|\[')(?:hostname|nodename|default_ipv4)(?:'\])?(?:\.address)?|hostvars\[[\w'".]{1,60}\](?:\.|\[')ansible_host(?:'\])?) ?\}\}$/;

/** An address that a GET only reads. `carriesMore`: headers or a password go along. */
export function isReadingAddress(url: string, carriesMore = false): boolean {
  const parts =
    /^https?:\/\/(\{\{[^{}/]{1,100}\}\}|[\w.-]+|\[[\da-fA-F:]+\])(?::(?:\d+|\{\{ ?\w+ ?\}\}))?(\/.*)?$/s.exec(
      url,
    );
  if (!parts) return false;
  const [, host = "", path = ""] = parts;
  const api = path.split("?", 1)[0]?.replace(/^\/api2\/(?:json|html|extjs|text)/, "") ?? "";
  if (/^\/api2\//.test(path) && !isReadingApi(["get", api])) return false;
  if (OWN_NAMES.test(host) || isOwnHost(host)) return true;
  return !carriesMore && !/\{[{%]/.test(url);
}
