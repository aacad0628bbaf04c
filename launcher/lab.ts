/** `./minilab lab`: the cluster alone, for anybody's own playbooks and modules, until Ctrl+C. */
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AppError } from "../agents/base/errors.ts";
import { START_STATES, type StartState } from "../lab/cluster/start-states.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { countGaps } from "../lab/machines/gaps.ts";
import { removeLab } from "../lab/machines/remove-lab.ts";
import { LAB_DIR } from "./stand-ins.ts";

/** AppError `bad_arguments` for what it does not know. Resolves once everything that it started has ended. */
export async function lab(args: string[], signal: AbortSignal): Promise<number> {
  if (args[0] === "gaps") return gaps(args.slice(1));
  const { start, directory: kept } = readArguments(args);
  await using stack = new AsyncDisposableStack();
  const directory = kept === undefined ? await mkdtemp(join(tmpdir(), "minilab-lab-")) : resolve(kept);
  if (kept === undefined) stack.defer(() => removeLab(directory));
  const running = await startLab({ directory, start, signal: new AbortController().signal });
  stack.defer(running.close);
  process.stdout.write(describeLab(running, kept === undefined ? "gone with it" : directory));
  if (!signal.aborted) await once(signal, "abort");
  process.stdout.write(gapLines(directory));
  return 0;
}

/** `./minilab lab gaps`: of the lab that the team has, or of one that was kept. */
function gaps(args: string[]): number {
  const { values } = parseArgs({ args, options: { directory: { type: "string" } } });
  const lines = gapLines(values.directory === undefined ? LAB_DIR : resolve(values.directory));
  process.stdout.write(lines || "Nothing was asked for that the lab has not.\n");
  return 0;
}

function gapLines(directory: string): string {
  const rows = countGaps(directory).map(({ what, count }) => `${String(count).padStart(7)}  ${what}\n`);
  return rows.length === 0 ? "" : `Asked for and not simulated:\n${rows.join("")}`;
}

function readArguments(args: string[]): { start: StartState; directory: string | undefined } {
  const { values } = parseArgs({
    args,
    options: { start: { type: "string" }, directory: { type: "string" } },
  });
  const start = START_STATES.find((state) => state === (values.start ?? "fresh"));
  if (start) return { start, directory: values.directory };
  throw new AppError("bad_arguments", `--start is one of ${START_STATES.join(", ")}`);
}

function describeLab(running: Lab, files: string): string {
  const { nodes, privateKeyFile, proxyUrl, apiUrl, caFile } = running;
  const rows = nodes.map(
    ({ name, address, host, port, passwordFile }) =>
      `  ${name}  ${address}  ssh -i ${privateKeyFile} -p ${port} root@${host}    password: ${passwordFile}\n`,
  );
  return (
    `A simulated Proxmox VE 9 cluster; Ctrl+C ends it.\n${rows.join("")}` +
    `  by the addresses that it reports: through the web proxy ${proxyUrl}\n  files: ${files}\n` +
    `  guests boot from debian-13-genericcloud-amd64.qcow2, noble-server-cloudimg-amd64.img and the container templates\n` +
    `  of these systems, which are the lab's own (docs/lab.md)\n` +
    `\n  API: ${apiUrl}    CA: ${caFile}\n${describeProvider(running)}`
  );
}

/** For the provider bpg/proxmox: what it needs for the API, and for what it does over SSH. */
function describeProvider({ nodes, privateKeyFile, apiUrl, caFile, issueToken }: Lab): string {
  const places = nodes.map(
    ({ name, host, port }) => `
      node {
        name    = "${name}"
        address = "${host}"
        port    = ${port}
      }`,
  );
  return `
  export SSL_CERT_FILE=${caFile}
  provider "proxmox" {
    endpoint  = "${apiUrl}/"
    api_token = "${issueToken("lab")}"
    ssh {
      username    = "root"
      private_key = file("${privateKeyFile}")${places.join("")}
    }
  }
`;
}
