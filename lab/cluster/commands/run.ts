/** One run of a program on a node: what each of the lab's stand-ins is given. */
import type { Api } from "../../api/perform.ts";
import type { InsideRequest } from "../guests-inside.ts";

export type Run = {
  api: Api;
  node: string;
  /** Begins with the name of the program. */
  argv: readonly string[];
  /** Files of the node that its arguments name, by their paths. */
  files?: NamedFiles;
  /** What is printed while a request is answered, by LVM for example; added to. */
  said?: string[];
  /** Leaves something to be done inside of a guest once the command has ended: that is its outcome then. */
  later?: (request: InsideRequest) => void;
};

export type NamedFiles = Readonly<
  Record<string, { size: number /** Of a small one. */; text?: string | undefined }>
>;
