/**
 * What Terraform says while all goes well and that changes nothing for whoever reads it: that it begins something that it
 * then reports as done, how it connects, what its signs mean, what it cannot know yet. Of a run that failed all is shown.
 */

/** Of one line, whatever stands before the colon. */
const BEGINNINGS = [
  ...[
    "Creating...",
    "Destroying...",
    "Modifying...",
    "Reading...",
    "Refreshing state...",
    "Still creating...",
  ],
  ...["Still destroying...", "Still modifying...", "Still reading...", "Provisioning with 'remote-exec'..."],
];
const OF_INIT = [
  ...[
    "Initializing the backend...",
    "Initializing modules...",
    "Initializing provider plugins...",
    "- Finding ",
  ],
  ...["- Installing ", "- Reusing previous version of ", "- terraform.io/builtin/"],
];
/** Of what will be created, what only its making tells. */
const UNKNOWN = /^ +\+ \w+ += \(known after apply\)$/;
/** Between these stand the signs of a plan and the meaning of each. */
const LEGEND_BEGIN = "Terraform used the selected providers";
const LEGEND_END = "Terraform will perform the following actions:";
const SSH_BEGIN = "(remote-exec): Connecting to remote host via SSH...";
const SSH_END = "(remote-exec): Connected!";
const SSH_LINES = [
  "Host",
  "User",
  "Password",
  "Private key",
  "Certificate",
  "SSH Agent",
  "Checking Host Key",
  "Target Platform",
];

export function foldTerraform(text: string): string {
  const kept: string[] = [];
  let isFolded = false;
  let isLegend = false;
  /** Addresses whose login is being told. */
  const connecting = new Set<string>();
  for (const line of text.split("\n")) {
    const isEnd = line === LEGEND_END;
    isLegend = (isLegend || line.startsWith(LEGEND_BEGIN)) && !isEnd;
    const isIdle = isLegend || isEnd || isLogin(line, connecting) || isBeginning(line) || UNKNOWN.test(line);
    if (isIdle) isFolded = true;
    else if (line !== "" || (kept.length > 0 && kept.at(-1) !== "")) kept.push(line);
  }
  return isFolded ? kept.join("\n") : text;
}

/** Not of what a provisioner prints, which stands behind `ADDRESS (TYPE): `. */
function isBeginning(line: string): boolean {
  if (OF_INIT.some((beginning) => line.startsWith(beginning))) return true;
  const end = line.indexOf(": ");
  if (end < 1 || line[end - 1] === ")") return false;
  return BEGINNINGS.some((beginning) => line.startsWith(beginning, end + 2));
}

/** From "Connecting" to "Connected!", as long as nothing else is said there. */
function isLogin(line: string, connecting: Set<string>): boolean {
  const at = line.indexOf(" (remote-exec): ");
  if (at < 0) return false;
  const address = line.slice(0, at);
  if (line.endsWith(SSH_BEGIN)) return Boolean(connecting.add(address));
  if (!connecting.has(address)) return false;
  const said = line.slice(at + " (remote-exec): ".length);
  const isOne = line.endsWith(SSH_END) || SSH_LINES.some((name) => said.startsWith(`  ${name}: `));
  if (line.endsWith(SSH_END) || !isOne) connecting.delete(address);
  return isOne;
}
