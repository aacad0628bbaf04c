/**
 * Which commands the resources of a plan run, and when: out of the configuration that the plan file itself carries, so that
 * it is the one that is applied, in all of its modules.
 */
import { z } from "zod";
import type { Provisioner, Provisioners } from "../governance/plan-commands.ts";
import { hclAttribute, hclBlocks } from "./hcl-blocks.ts";
import { zipTexts } from "./zip-entries.ts";

/** Of all modules together; a longer one is not looked through. */
export const MAX_SOURCE_BYTES = 1_000_000;

const modulesShape = z.array(z.object({ Key: z.string(), Dir: z.string() }));

/** Undefined when the file carries no configuration that can be read. */
export function provisionersIn(planFile: Buffer): Provisioners | undefined {
  const texts = zipTexts(planFile, (name) => name.startsWith("tfconfig/"), MAX_SOURCE_BYTES);
  const list = texts?.get("tfconfig/modules.json");
  if (!texts || list === undefined) return undefined;
  const modules = modulesShape.safeParse(JSON.parse(list));
  if (!modules.success) return undefined;
  const found = new Map<string, Provisioner[]>();
  for (const { Key } of modules.data) {
    const folder = `tfconfig/m-${Key}/`;
    const files = [...texts].filter(
      ([name]) => name.startsWith(folder) && !name.slice(folder.length).includes("/"),
    );
    for (const [name, text] of files) collect(name, text, { prefix: prefixOf(Key), found });
  }
  return found;
}

/** `vm.disk` is module.vm.module.disk. */
function prefixOf(key: string): string {
  return key === ""
    ? ""
    : key
        .split(".")
        .map((name) => `module.${name}.`)
        .join("");
}

type Into = { prefix: string; found: Map<string, Provisioner[]> };

function collect(name: string, text: string, into: Into): void {
  if (name.endsWith(".tf.json")) collectJson(text, into);
  else if (name.endsWith(".tf")) collectHcl(text, into);
}

function add(address: string, provisioners: Provisioner[], { prefix, found }: Into): void {
  if (provisioners.length > 0)
    found.set(prefix + address, [...(found.get(prefix + address) ?? []), ...provisioners]);
}

function collectHcl(text: string, into: Into): void {
  for (const { type, labels, body } of hclBlocks(text)) {
    if (type === "resource") add(labels.join("."), provisionersOf(body), into);
    if (type === "removed") add(hclAttribute(body, "from") ?? "", provisionersOf(body), into);
  }
}

function provisionersOf(body: string): Provisioner[] {
  return hclBlocks(body)
    .filter(({ type }) => type === "provisioner")
    .map((block) => ({
      type: block.labels[0] ?? "",
      onDestroy: hclAttribute(block.body, "when") === "destroy",
      text: oneLine(block.body),
    }));
}

const jsonShape = z.object({
  resource: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          provisioner: z
            .union([z.array(z.record(z.string(), z.unknown())), z.record(z.string(), z.unknown())])
            .optional(),
        }),
      ),
    )
    .optional(),
});

/** The other form of the language, and both ways in which a list may be written in it. */
function collectJson(text: string, into: Into): void {
  const parsed = jsonShape.safeParse(JSON.parse(text));
  for (const [type, resources] of Object.entries(parsed.data?.resource ?? {}))
    for (const [name, { provisioner = [] }] of Object.entries(resources)) {
      const entries = [provisioner].flat().flatMap((one) => Object.entries(one));
      const all = entries.flatMap(([kind, value]) =>
        [value].flat().map((settings) => ofJson(kind, settings)),
      );
      add(`${type}.${name}`, all, into);
    }
}

function ofJson(type: string, settings: unknown): Provisioner {
  const when =
    typeof settings === "object" && settings !== null && "when" in settings ? settings.when : undefined;
  return { type, onDestroy: when === "destroy", text: oneLine(JSON.stringify(settings)) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
