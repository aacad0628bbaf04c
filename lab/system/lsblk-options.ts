/** The options of `lsblk` that the lab understands. */

export type Options = {
  columns: string[];
  bytes: boolean;
  list: boolean;
  noHeader: boolean;
  paths: boolean;
  top: boolean;
  json: boolean;
};

const FILES = ["NAME", "FSTYPE", "FSVER", "LABEL", "UUID", "FSAVAIL", "FSUSE%", "MOUNTPOINTS"];

/** Empty when it was an option of ours. */
export function applyOption(options: Options, word: string, rest: string[]): string {
  const [name = "", inline] = word.startsWith("--")
    ? word.split("=", 2)
    : [word.slice(0, 2), word.slice(2) || undefined];
  const value = () => inline ?? rest.shift() ?? "";
  switch (name) {
    case "-o":
    case "--output":
      options.columns = value().toUpperCase().split(",");
      return "";
    case "-f":
    case "--fs":
      options.columns = FILES;
      return "";
    case "-b":
    case "--bytes":
      options.bytes = true;
      return "";
    case "-l":
    case "-r":
    case "--list":
    case "--raw":
      options.list = true;
      return "";
    case "-n":
    case "--noheadings":
      options.noHeader = true;
      return "";
    case "-p":
    case "--paths":
      options.paths = true;
      return "";
    case "-d":
    case "--nodeps":
      options.top = true;
      return "";
    case "-J":
    case "--json":
      options.json = true;
      return "";
    case "-e":
    case "--exclude":
      value();
      return "";
    case "-a":
    case "--all":
      return "";
    default:
      return word.startsWith("-") ? "unknown" : "device";
  }
}
