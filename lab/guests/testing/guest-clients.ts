/** For tests only: what an admin does with the guests of a lab, from the admin's place. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandOutcome } from "../../cluster/outcome.ts";
import type { Lab } from "../../lab.ts";
import { runIn } from "../../machines/run-in.ts";
import { type Finished, run, sshOptions } from "../../machines/testing/clients.ts";

export const DEBIAN = "debian-13-genericcloud-amd64.qcow2";
const DOWNLOAD = `pvesh create /nodes/pve1/storage/local/download-url --content import --filename ${DEBIAN} --url`;
export const TEMPLATE = "debian-13-standard_13.1-2_amd64.tar.zst";

const THROUGH = `use Socket; my ($port, $to) = @ARGV; socket my $s, PF_INET, SOCK_STREAM, 0; connect $s, pack_sockaddr_in($port, inet_aton("127.0.0.1")) or die;
syswrite $s, "CONNECT $to HTTP/1.1\\r\\n\\r\\n"; my $head = ""; while ($head !~ /\\r\\n\\r\\n/) { sysread $s, $head, 1, length $head or exit 1 }
my $child = fork; if (!$child) { while (sysread STDIN, my $b, 65536) { syswrite $s, $b } shutdown $s, 1; exit }
while (sysread $s, my $b, 65536) { syswrite STDOUT, $b } kill 9, $child;`;

export type Admin = {
  /** On pve1; throws when it fails. */
  on(...argv: string[]): Promise<string>;
  tried(...argv: string[]): Promise<CommandOutcome>;
  /** The real ssh program, to an address of the lab. */
  ssh(login: string, command: string, options?: readonly string[]): Promise<Finished>;
  /** `http://192.168.10.60/`, by curl. */
  page(url: string): Promise<Finished>;
  /** The public key of the admin. */
  key: string;
  /** The image of Debian's cloud, into `local` of pve1. */
  download(): Promise<unknown>;
  /** A virtual machine of that image; `ip` or `dhcp`. */
  create(vmid: number, ip: string, ...more: string[]): Promise<string>;
  /** Its console, once it has booted. */
  start(program: "qm" | "pct", vmid: number): Promise<string>;
  /** In a shell of pve1, with one argument. */
  onNode(script: string, argument: string): Promise<void>;
};

export function adminOf(lab: Lab, directory: string): Admin {
  const port = new URL(lab.proxyUrl).port;
  const script = join(directory, "through.pl");
  const tried = (...argv: string[]) => lab.exec("pve1", argv);
  const on = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await tried(...argv);
    if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return stdout;
  };
  return {
    tried,
    on,
    download: () =>
      on(...DOWNLOAD.split(" "), `https://cloud.debian.org/images/cloud/trixie/latest/${DEBIAN}`),
    create: (vmid, ip, ...more) =>
      on(
        ...`qm create ${vmid} --memory 128 --net0 virtio,bridge=vmbr0 --boot order=scsi0`.split(" "),
        ...["--scsi0", `local-lvm:0,import-from=local:import/${DEBIAN}`, "--ide2", "local-lvm:cloudinit"],
        ...["--ipconfig0", ip === "dhcp" ? "ip=dhcp" : `ip=${ip}/24,gw=192.168.10.1`, ...more],
      ),
    start: async (program, vmid) => {
      await on(program, "start", String(vmid));
      await lab.guests.settled();
      return lab.guests.console(vmid);
    },
    onNode: async (script, argument) => {
      const machine = lab.computer("pve1").machine;
      if (machine) await runIn(machine, ["/bin/sh", "-c", script, "sh", argument]);
    },
    ssh: (login, command, options = []) => {
      writeFileSync(script, THROUGH);
      const through = `ProxyCommand=perl ${script} ${port} %h:%p`;
      return run(["ssh", ...options, ...sshOptions(lab), "-o", through, login, command]);
    },
    page: (url) => run(["curl", "-sS", "--max-time", "5", "-p", "-x", lab.proxyUrl, url]),
    key: readFileSync(`${lab.privateKeyFile}.pub`, "utf8").trim(),
  };
}
