/** What the simulated cluster is: plain data, the one truth behind CLI, REST and /etc/pve. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** One section of a configuration file, or one row of an answer. */
export type Row = Record<string, Json>;

export type ContentType = "images" | "rootdir" | "iso" | "vztmpl" | "backup" | "import" | "snippets";

/** A storage as one node sees it. `baseUsedBytes` is what was in use before any volume of ours. */
export type Storage = {
  name: string;
  type: string;
  content: ContentType[];
  totalBytes: number;
  baseUsedBytes: number;
  /** What storage.cfg says of it besides: path, nodes, shared, disable... */
  options: Row;
};

export type Unit = {
  active: boolean;
  enabled: boolean /** ISO 8601: its last change of state. */;
  since: string;
};

export type ClusterNode = {
  name: string;
  /** Corosync node id. */
  id: number;
  address: string;
  cpus: number;
  cpuModel: string;
  memoryBytes: number;
  /** In use by the host itself, without guests. */
  baseMemoryBytes: number;
  macAddress: string;
  machineId: string;
  bridges: string[];
  storages: Storage[];
  units: Record<string, Unit>;
  /** What somebody has made in the volume group by hand. */
  plainVolumes?: PlainVolume[];
  /** Of the root, once somebody has changed it; the file system in it may be smaller. */
  rootVolumeBytes?: number;
  /** By which root and pool have grown into what was free. */
  grownBytes?: number;
};

/** Of the volume group of a node and of no storage; `pool`: empty, or that of a thin one. */
export type PlainVolume = { name: string; sizeBytes: number; pool: string };

/** A disk image or a file of a storage. `vmid` is its owner by name, 0 for files; nothing refers to an orphan. */
export type Volume = {
  node: string;
  storage: string;
  /** After the colon: `vm-100-disk-0`, `iso/debian.iso`. */
  name: string;
  vmid: number;
  sizeBytes: number;
  content: ContentType;
  format: string;
  /** Seconds since the epoch. */
  createdAt: number;
  notes?: string;
  isProtected?: boolean;
  /** What boots from it; nothing does where it is left out. */
  system?: SystemCopy;
};

/** A copy of an operating system's files: of the copy `from`, or of the image of `os` where that is empty. An image itself has no `id`. */
export type SystemCopy = { os: string; id: string; from: string };

export type GuestKind = "qemu" | "lxc";

/** `config`: the guest's configuration when the snapshot was taken; `parent`: the snapshot before it. */
export type Snapshot = {
  name: string;
  description: string;
  time: number;
  parent: string | null;
  hasMemory: boolean;
  config: Record<string, string>;
  /** What was on its disks, by the ids of the volumes. */
  systems?: Record<string, SystemCopy>;
};

export type Guest = {
  kind: GuestKind;
  vmid: number;
  node: string;
  status: "running" | "stopped";
  template: boolean;
  /** As in `<vmid>.conf`, without the `template` key. */
  config: Record<string, string>;
  /** Process id of its KVM process while it runs. */
  pid: number | null;
  /** Seconds since the epoch, while it runs. */
  startedAt: number | null;
  /** How often it was started or began anew. */
  boots?: number;
  /** Who made it: `root@pam`, `ci@pve!tf`. */
  owner: string;
  snapshots: Snapshot[];
};

export type Task = {
  upid: string;
  node: string;
  type: string;
  id: string;
  user: string;
  /** Seconds since the epoch. */
  startTime: number;
  /** Null while it runs. */
  endTime: number | null;
  /** `OK`, `WARNINGS: 1` or the error; empty while it runs. */
  exitStatus: string;
  log: string[];
  /** What is left to do when the task's time is over: milliseconds since the epoch, and of which route. */
  rest?: { dueAt: number; route: string; params: Row };
};

/** A firewall of the cluster, a node or a guest: its options, its rules in order, and what they refer to. */
export type Firewall = {
  options: Row;
  rules: Row[];
  aliases: Record<string, Row>;
  ipsets: Record<string, { comment?: string; entries: Row[] }>;
  groups: Record<string, { comment?: string; rules: Row[] }>;
};

export type ClusterState = {
  version: 2;
  name: string;
  /** Grows with every change. */
  revision: number;
  /** ISO 8601: when the nodes were booted. */
  bootedAt: string;
  nodes: ClusterNode[];
  guests: Guest[];
  volumes: Volume[];
  tasks: Task[];
  /** Configuration in sections, by kind and id: `users` `root@pam`, `pools` `prod`, `dns` `pve1`... */
  sections: Record<string, Record<string, Row>>;
  /** `cluster`, `node/pve1`, `guest/100`. */
  firewalls: Record<string, Firewall>;
  acl: { path: string; roleid: string; type: "user" | "group" | "token"; ugid: string; propagate: boolean }[];
  /** What somebody has written into /etc/pve by hand. */
  pmxcfs?: WrittenFiles;
  /** Signs tickets; secrets of tokens and passwords are kept as digests of it and them. */
  ticketKey: string;
};

/** By their paths below /etc/pve: files, and folders that are not there by themselves. */
export type WrittenFiles = { files: [path: string, file: WrittenFile][]; folders: string[] };

export type WrittenFile = {
  /** A character a byte; null for one that was removed. */
  content: string | null;
  /** What the state made of it: with another one the state has the last word again. Null where it makes none. */
  basis: string | null;
  /** Seconds since the epoch. */
  mtime: number;
};

/** One mutating operation, in the order in which they were asked for. */
export type JournalEntry = {
  time: string;
  node: string;
  /** As a command: `qm create`, `systemctl restart`. */
  operation: string;
  /** A vmid or a unit. */
  target: string;
  argv: string[];
  exitCode: number;
  /** Who asked over the API: a user, or a token. */
  user?: string;
  /** HTTP status of the answer. */
  status?: number;
  /** Who had made the guest that was hit. */
  owner?: string;
};
