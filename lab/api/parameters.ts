/** Parameters of a route: how schema.json writes them down, and what is right for each, in the words of Proxmox VE. */
import { setNamed } from "../cluster/named.ts";
import { ParameterError } from "../cluster/parameter-error.ts";
import type { Json, Row } from "../cluster/state.ts";

export type Parameter = {
  /** `net[n]` stands for net0, net1... */
  name: string;
  isOptional: boolean;
  /** `integer`, `number`, `bool`, `enum`, `array`, `string` or the name of a format of strings. */
  type: string;
  min?: number;
  max?: number;
  values?: readonly string[];
};

const UNKNOWN = "property is not defined in schema and the schema does not allow additional properties";
const MISSING = "property is missing and it is not optional";
/** Between the values of a parameter that was given more than once. */
export const REPEATED = "\0";
const ID = /^[a-z][a-z0-9_-]+$/i;

/** Formats of strings whose texts are looked at; others are taken as they come. */
const FORMATS: Readonly<Record<string, { test: RegExp; problem: string }>> = {
  "pve-configid": { test: ID, problem: "invalid configuration ID" },
  "pve-storage-id": {
    test: /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i,
    problem: "storage ID contains illegal characters",
  },
  "pve-node": {
    test: /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    problem: "value does not look like a valid node name",
  },
  "dns-name": {
    test: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9-]{1,63})*$/i,
    problem: "value does not look like a valid DNS name",
  },
  "pve-poolid": {
    test: /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,2}$/,
    problem: "value does not look like a valid pool id",
  },
  "pve-groupid": { test: /^[A-Za-z0-9._-]+$/, problem: "group name contains invalid characters" },
  "pve-roleid": { test: /^[A-Za-z0-9._-]+$/, problem: "role name contains invalid characters" },
  "pve-userid": {
    test: /^[^\s:/]+@[A-Za-z][A-Za-z0-9._-]+$/,
    problem: "value does not look like a valid user name",
  },
  "pve-realm": { test: /^[A-Za-z][A-Za-z0-9._-]+$/, problem: "value does not look like a valid realm" },
  CIDR: { test: /^[0-9a-fA-F.:]+\/\d{1,3}$/, problem: "value does not look like a valid CIDR network" },
  ip: { test: /^[0-9a-fA-F.:]+$/, problem: "value does not look like a valid IP address" },
  ipv4: { test: /^\d{1,3}(?:\.\d{1,3}){3}$/, problem: "value does not look like a valid IPv4 address" },
  "mac-addr": {
    test: /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i,
    problem: "value does not look like a valid unicast MAC address",
  },
};

/** `newid:integer=100..999 name?:dns-name full?:bool` */
export function parseParameters(text: string): Parameter[] {
  return text.split(" ").filter(Boolean).map(parseParameter);
}

function parseParameter(token: string): Parameter {
  const colon = token.indexOf(":");
  const [head, kind] = colon < 0 ? [token, "string"] : [token.slice(0, colon), token.slice(colon + 1)];
  const [type = "string", detail = ""] = splitAt(kind, "=");
  const parameter: Parameter = { name: head.replace(/\?$/, ""), isOptional: head.endsWith("?"), type };
  if (type === "enum") parameter.values = detail.split("|");
  else if (type === "string" && detail) parameter.max = Number(detail);
  else if (detail) {
    const [min, max] = detail.split("..");
    if (min) parameter.min = Number(min);
    if (max) parameter.max = Number(max);
  }
  return parameter;
}

/** Values with the types of the schema: numbers, 0 or 1 for booleans, strings. ParameterError that names all that is wrong. */
export function checkParameters(
  parameters: readonly Parameter[],
  given: Readonly<Record<string, string>>,
  isOpen = false,
): Row {
  const errors: Record<string, string> = {};
  const values: Row = {};
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, text] of Object.entries(given)) {
    const parameter = byName.get(name) ?? byName.get(name.replace(/\d{1,3}$/, "[n]"));
    if (!parameter) {
      if (isOpen) setNamed(values, name, text);
      else setNamed(errors, name, UNKNOWN);
      continue;
    }
    const problem = problemOf(parameter, text);
    if (problem) errors[name] = problem;
    else values[name] = typed(parameter, text);
  }
  for (const { name, isOptional } of parameters)
    if (!isOptional && given[name] === undefined) errors[name] = MISSING;
  if (Object.keys(errors).length > 0) throw new ParameterError(errors);
  return values;
}

export function typed({ type }: Parameter, text: string): Json {
  if (type === "integer" || type === "number") return Number(text);
  if (type === "array") return text.split(REPEATED);
  if (type === "bool") return /^(?:1|on|yes|true)$/i.test(text) ? 1 : 0;
  return text;
}

function problemOf(parameter: Parameter, text: string): string | undefined {
  const { type, min, max } = parameter;
  switch (type) {
    case "integer":
    case "number":
      if (!(type === "integer" ? /^[+-]?\d{1,18}$/ : /^[+-]?\d{1,18}(?:\.\d{1,18})?$/).test(text))
        return `type check ('${type}') failed - got '${text}'`;
      if (min !== undefined && Number(text) < min) return `value must have a minimum value of ${min}`;
      if (max !== undefined && Number(text) > max) return `value must have a maximum value of ${max}`;
      return undefined;
    case "bool":
      return /^(?:[01]|on|off|yes|no|true|false)$/i.test(text)
        ? undefined
        : `type check ('boolean') failed - got '${text}'`;
    case "enum":
      return parameter.values?.includes(text)
        ? undefined
        : `value '${text}' does not have a value in the enumeration '${parameter.values?.join(", ")}'`;
    case "string":
      return max !== undefined && text.length > max ? `value may only be ${max} characters long` : undefined;
    default:
      return formatProblem(type, text);
  }
}

function formatProblem(type: string, text: string): string | undefined {
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (!format || text === "" || format.test.test(text.slice(0, 4096))) return undefined;
  return `invalid format - ${format.problem}`;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
