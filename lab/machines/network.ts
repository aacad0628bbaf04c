/** The network of a lab: a user namespace and a switch in it, at which an admin's place and machines are plugged in. */
import { existsSync, readFileSync } from "node:fs";
import { AppError, isAppError } from "../../agents/base/errors.ts";
import { type Keeper, startKeeper } from "./namespaces.ts";
import { type LabUsers, labUsers } from "./users.ts";

export const ADMIN_ADDRESS = "192.168.10.10";
const GATEWAY = "192.168.10.1";

/** Inside: a switch, the admin's place, and a gateway behind which nothing is. */
const SWITCH = [
  "link set lo up",
  "link add lan0 type bridge",
  `address add ${ADMIN_ADDRESS}/24 dev lan0`,
  `address add ${GATEWAY}/24 dev lan0`,
  "link set lan0 up",
];

export type LabNetwork = {
  /** The process whose namespaces it is. */
  pid: number;
  users: LabUsers;
  /** The name of a port of the switch that was never used. */
  nextPort(): string;
  /** Takes a machine off the switch at once; the kernel would, some time after its last process. */
  unplug(port: string): Promise<void>;
  close(): Promise<void>;
};

const REQUIRED: Readonly<Record<string, string>> = { ip: "iproute2", perl: "perl" };

/** AppError `missing_requirement` with the remedy where the kernel, or the lack of a program or a range, forbids it. */
export async function openNetwork(): Promise<LabNetwork> {
  requirePrograms(process.getuid?.() === 0 ? REQUIRED : { ...REQUIRED, newuidmap: "uidmap" });
  const users = labUsers();
  const keeper = startKeeper("network", SWITCH);
  try {
    const pid = Number(await keeper.line());
    await users.map(pid);
    keeper.child.stdin.write("\n");
    await keeper.line();
    return withPorts({ pid, users, keeper });
  } catch (error) {
    await keeper.close();
    throw whyNot(error);
  }
}

function withPorts({ pid, users, keeper }: { pid: number; users: LabUsers; keeper: Keeper }): LabNetwork {
  let ports = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    pid,
    users,
    nextPort: () => `port${++ports}`,
    unplug: async (port) => {
      keeper.child.stdin.write(`link delete ${port}\n`);
      last = last.then(() => keeper.line());
      await last;
    },
    close: keeper.close,
  };
}

/** Looked for where a system has its programs, whatever PATH the user has. */
export function requirePrograms(programs: Readonly<Record<string, string>>): void {
  const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const missing = Object.keys(programs).filter(
    (name) => !existsSync(name) && folders.every((folder) => !existsSync(`${folder}/${name}`)),
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => programs[name]))].join(" ");
  throw new AppError(
    "missing_requirement",
    `the lab's machines need ${missing.join(", ")}: sudo apt-get install ${packages}`,
  );
}

/** What forbids user namespaces to whom has a range, by the settings that do. */
const SETTINGS: readonly { file: string; forbids: string; remedy: string }[] = [
  {
    file: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    forbids: "1",
    remedy: "AppArmor keeps them from you: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
  },
  {
    file: "/proc/sys/kernel/unprivileged_userns_clone",
    forbids: "0",
    remedy: "the kernel keeps them from you: sudo sysctl -w kernel.unprivileged_userns_clone=1",
  },
  {
    file: "/proc/sys/user/max_user_namespaces",
    forbids: "0",
    remedy: "the kernel has none to give: sudo sysctl -w user.max_user_namespaces=10000",
  },
];

function whyNot(error: unknown): unknown {
  if (!isAppError(error, "missing_requirement")) return error;
  const setting = SETTINGS.slice(process.getuid?.() === 0 ? 2 : 0).find(
    ({ file, forbids }) => existsSync(file) && readFileSync(file, "utf8").trim() === forbids,
  );
  const remedy =
    setting?.remedy ?? `a container needs --cap-add SYS_ADMIN and --security-opt seccomp=unconfined for them`;
  return new AppError(
    "missing_requirement",
    `the lab's machines need user namespaces, and ${remedy} (${error.message})`,
    { cause: error },
  );
}
