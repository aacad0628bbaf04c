/** What the simulated cluster is: plain data, the one truth behind CLI, REST and /etc/pve. */

export type ContentType = "images" | "rootdir" | "iso" | "vztmpl" | "backup" | "import";

/** A storage as one node sees it. `baseUsedBytes` is what was in use before any volume of ours. */
export type Storage = {
  name: string;
  type: "dir" | "lvmthin";
  content: ContentType[];
  totalBytes: number;
  baseUsedBytes: number;
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
};

/** A disk image. `vmid` is its owner by name; nothing refers to an orphan. */
export type Volume = { node: string; storage: string; name: string; vmid: number; sizeBytes: number };

export type Guest = {
  vmid: number;
  node: string;
  status: "running" | "stopped";
  template: boolean;
  /** As in `<vmid>.conf`, without the `template` key. */
  config: Record<string, string>;
  /** Process id of its KVM process while it runs. */
  pid: number | null;
};

export type Task = {
  upid: string;
  node: string;
  type: string;
  id: string;
  /** Seconds since the epoch. */
  startTime: number;
  exitStatus: string;
};

export type ClusterState = {
  version: 1;
  name: string;
  /** Grows with every change. */
  revision: number;
  /** ISO 8601: when the nodes were booted. */
  bootedAt: string;
  nodes: ClusterNode[];
  guests: Guest[];
  volumes: Volume[];
  tasks: Task[];
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
};
