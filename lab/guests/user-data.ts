/**
 * What cloud-init is told: a `#cloud-config` that somebody wrote, or the one that Proxmox VE makes of a guest's
 * configuration. Modules that the lab has not are named, never passed over.
 */
import { parseDocument } from "yaml";
import { z } from "zod";

const words = z.union([z.string().transform((text) => text.split(/,\s*/)), z.array(z.string())]);
const keyList = z.union([z.string().transform((text) => text.split("\n")), z.array(z.string())]);
const scalar = z.union([z.string(), z.number().transform(String)]);
const command = z.union([scalar, z.array(scalar)]);

const login = z.string().regex(/^[a-z_][\w.-]{0,31}$/i);

const user = z.looseObject({
  name: login,
  gecos: z.string().optional(),
  groups: words.default([]),
  primary_group: z.string().optional(),
  sudo: z
    .union([
      z.boolean().transform((is) => (is ? ["ALL=(ALL) ALL"] : [])),
      z.null().transform(() => []),
      words,
    ])
    .default([]),
  shell: z.string().optional(),
  ssh_authorized_keys: keyList.default([]),
  lock_passwd: z.boolean().default(true),
  passwd: z.string().optional(),
  hashed_passwd: z.string().optional(),
  plain_text_passwd: z.string().optional(),
});

const file = z.looseObject({
  path: z.string().regex(/^\//),
  content: z.string().default(""),
  encoding: z.string().optional(),
  owner: z
    .string()
    .regex(/^[\w.-]{1,32}(?::[\w.-]{1,32})?$/)
    .default("root:root"),
  permissions: scalar.pipe(z.string().regex(/^[0-7]{3,4}$/)).default("0644"),
  append: z.boolean().default(false),
  defer: z.boolean().default(false),
});

const chpasswd = z.looseObject({
  expire: z.boolean().default(true),
  list: keyList.default([]),
  users: z
    .array(
      z.looseObject({ name: z.string(), password: z.string().default(""), type: z.string().default("hash") }),
    )
    .default([]),
});

const config = z.looseObject({
  hostname: z.string().optional(),
  fqdn: z.string().optional(),
  user: z.union([login, user]).optional(),
  users: z.array(z.union([login, user])).default(["default"]),
  password: scalar.optional(),
  chpasswd: chpasswd.default({ expire: true, list: [], users: [] }),
  ssh_authorized_keys: keyList.default([]),
  ssh_pwauth: z.union([z.boolean(), z.literal("unchanged").transform(() => undefined)]).optional(),
  disable_root: z.boolean().default(true),
  packages: z.array(z.union([z.string(), z.array(z.string()).transform(([name = ""]) => name)])).default([]),
  package_update: z.boolean().default(false),
  package_upgrade: z.boolean().default(false),
  write_files: z.array(file).default([]),
  bootcmd: z.array(command).default([]),
  runcmd: z.array(command).default([]),
  timezone: z.string().optional(),
  final_message: z.string().optional(),
});

export type CloudConfig = z.infer<typeof config>;
export type CloudUser = z.infer<typeof user>;
export type CloudFile = z.infer<typeof file>;

/** `problems`: what is not understood, for the console. */
export type UserData = { config: CloudConfig; problems: string[] };

const MAX_CHARS = 128 * 1024;
/** Nothing of a guest depends on them. */
const WITHOUT_EFFECT = [
  "manage_etc_hosts",
  "preserve_hostname",
  "package_reboot_if_required",
  "locale",
  "power_state",
  "apt",
  "ntp",
  "growpart",
  "resize_rootfs",
  "output",
  "ssh_deletekeys",
  "manage_resolv_conf",
  "swap",
  "ssh",
  "keyboard",
];

export function readUserData(text: string): UserData {
  const empty = config.parse({});
  if (/^#!/.test(text))
    return { config: { ...empty, write_files: [script(text)], runcmd: [[SCRIPT]] }, problems: [] };
  if (!/^#cloud-config\b/.test(text))
    return { config: empty, problems: ["user-data is neither #cloud-config nor a script: ignored"] };
  const value = text.length > MAX_CHARS ? "" : parsed(text);
  if (typeof value === "string") return { config: empty, problems: [`user-data is no YAML: ${value}`] };
  const known = new Set([...Object.keys(config.shape), ...WITHOUT_EFFECT]);
  const problems = Object.keys(value)
    .filter((key) => !known.has(key))
    .map((key) => `'${key}' of user-data is not simulated`);
  const read = config.safeParse(value);
  if (read.success) return { config: read.data, problems };
  return withoutBad(value, read.error, problems);
}

/** As cloud-init does it: what is invalid is told and left out. */
function withoutBad(value: object, error: z.ZodError, problems: readonly string[]): UserData {
  const bad = new Set(error.issues.map(({ path }) => String(path[0])));
  const told = error.issues.map(({ path, message }) => `Invalid user-data: ${path.join(".")}: ${message}`);
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !bad.has(key)));
  return { config: config.parse(rest), problems: [...problems, ...told] };
}

/** The reason where it is no map. */
function parsed(text: string): object | string {
  try {
    const document = parseDocument(text, { version: "1.1", uniqueKeys: false, logLevel: "error" });
    const [error] = document.errors;
    if (error) return error.message.split("\n", 1)[0] ?? "";
    const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : "it is no map";
  } catch {
    return "its aliases multiply, or it is nested too deeply";
  }
}

const SCRIPT = "/var/lib/cloud/instance/scripts/part-001";

function script(content: string): CloudFile {
  return { path: SCRIPT, content, owner: "root:root", permissions: "0700", append: false, defer: false };
}

/** Of the settings of a virtual machine: `ciuser`, `cipassword`, `sshkeys`. */
export function userDataOf(settings: Readonly<Record<string, string>>, name: string): UserData {
  const { ciuser, cipassword } = settings;
  const keys = decoded(settings["sshkeys"] ?? "")
    .split("\n")
    .filter(Boolean);
  const given = {
    hostname: name,
    ...(ciuser && { user: ciuser, disable_root: ciuser !== "root" }),
    ...(cipassword && { password: cipassword }),
    ssh_authorized_keys: keys,
    chpasswd: { expire: false },
  };
  const read = config.safeParse(given);
  return read.success ? { config: read.data, problems: [] } : withoutBad(given, read.error, []);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
