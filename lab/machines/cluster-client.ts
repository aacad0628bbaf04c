/** What a node asks of the cluster: to run a command in its name, and for the files of /etc/pve. */
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";
import type { NamedFiles } from "../cluster/commands/run.ts";
import { FACTS_REQUEST, type NodeHardware } from "../cluster/node-facts.ts";
import { FILES_REQUEST, type FileChanges, type NodeFiles } from "../cluster/node-storage-files.ts";
import { type CommandOutcome, failed } from "../cluster/outcome.ts";

const outcomeShape = z.object({ exitCode: z.number(), stdout: z.string(), stderr: z.string() });
const filesShape = z.object({
  revision: z.number(),
  folders: z.array(z.string()),
  files: z.record(z.string(), z.string()),
});

const sizeShape = z.object({ totalBytes: z.number(), usedBytes: z.number() });
const hardwareShape = z.object({
  ...{ name: z.string(), cpus: z.number(), cpuModel: z.string(), machineId: z.string() },
  ...{ memoryBytes: z.number(), usedMemoryBytes: z.number(), root: sizeShape, pool: sizeShape },
  volumes: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
  plainVolumes: z.array(z.object({ name: z.string(), sizeBytes: z.number(), pool: z.string() })),
  ...{ rootVolumeBytes: z.number(), freeBytes: z.number() },
  units: z.array(
    z.object({
      ...{ name: z.string(), description: z.string(), pid: z.number(), since: z.string() },
      ...{ active: z.boolean(), enabled: z.boolean(), canReload: z.boolean() },
    }),
  ),
});

const storageFilesShape = z.object({
  folders: z.array(z.string()),
  made: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), sizeBytes: z.number(), text: z.string().optional() })),
});

const membersShape = z.object({ nodelist: z.record(z.string(), z.object({ ip: z.string() })) });

export type ClusterFiles = z.infer<typeof filesShape>;

export type ClusterClient = {
  /** Never throws: without the cluster the outcome is the failure that a real node shows. `files`: what `argv` names. */
  exec(argv: string[], files?: NamedFiles, input?: string): Promise<CommandOutcome>;
  /** The node's own address. AppError `bad_config` when the cluster has no node of this name. */
  address(): Promise<string>;
  /** What the node is built of. AppError `unavailable` when the cluster does not answer. */
  hardware(): Promise<NodeHardware>;
  /** Which files its storages have, after what it tells of them. AppError `unavailable` when the cluster does not answer. */
  storageFiles(changes: FileChanges): Promise<NodeFiles>;
  /** AppError `unavailable` when the cluster does not answer. */
  files(): Promise<ClusterFiles>;
};

export function createClusterClient(options: {
  url: string;
  token: string;
  node: string;
  signal: AbortSignal;
}): ClusterClient {
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const request = body === undefined ? {} : { method: "POST", body };
    const headers = { authorization: `Bearer ${options.token}` };
    const response = await fetch(new URL(path, options.url), {
      ...request,
      headers,
      signal: options.signal,
    }).catch((cause: unknown) => {
      throw new AppError("unavailable", `the cluster at ${options.url} does not answer`, { cause });
    });
    if (!response.ok)
      throw new AppError("unavailable", `the cluster answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const told = async (...argv: string[]): Promise<unknown> => {
    const { stdout } = outcomeShape.parse(await ask("/exec", JSON.stringify({ node: options.node, argv })));
    return JSON.parse(stdout);
  };
  return {
    exec: async (argv, files = {}, input = "") => {
      try {
        return outcomeShape.parse(
          await ask("/exec", JSON.stringify({ node: options.node, argv, files, input })),
        );
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return failed(255, `ipcc_send_rec[1] failed: Connection refused\nlab: ${error.message}`);
      }
    },
    address: async () => {
      const { files } = filesShape.parse(await ask("/files"));
      const address = membersShape.parse(JSON.parse(files[".members"] ?? "{}")).nodelist[options.node]?.ip;
      if (address) return address;
      throw new AppError("bad_config", `the cluster at ${options.url} has no node '${options.node}'`);
    },
    hardware: async () => hardwareShape.parse(await told(FACTS_REQUEST)),
    storageFiles: async (changes) =>
      storageFilesShape.parse(await told(FILES_REQUEST, JSON.stringify(changes))),
    files: async () => filesShape.parse(await ask("/files")),
  };
}
