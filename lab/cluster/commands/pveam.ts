/** `pveam` (PVE/CLI/pveam.pm): templates of containers, those that there are and those that a storage has. */
import { AppError } from "../../../agents/base/errors.ts";
import { APPLIANCES } from "../appliances.ts";
import { succeeded } from "../outcome.ts";
import type { Row, Volume } from "../state.ts";
import { removeVolume, storageOf, volumeId } from "../storage.ts";
import { ask } from "./call-route.ts";
import type { CommandTree } from "./command.ts";

const CONTENT = "GET /nodes/{node}/storage/{storage}/content";
const MIB = 1024 * 1024;

export const pveam: CommandTree = {
  update: { parameters: "", run: () => succeeded("update successful\n") },
  available: {
    parameters: "section?:enum=system|mail|turnkeylinux",
    run: (_run, { section }) =>
      succeeded(
        APPLIANCES.filter((one) => section === undefined || one.section === section)
          .map((one) => `${one.section.padEnd(15)} ${one.template}\n`)
          .join(""),
      ),
  },
  download: { route: "POST /nodes/{node}/aplinfo", positional: ["storage", "template"] },
  list: {
    positional: ["storage"],
    parameters: "storage:pve-storage-id",
    run: (run, { storage = "" }) => {
      if (!storageOf(run.api.store.state(), run.node, storage).content.includes("vztmpl"))
        throw new AppError("conflict", "Storage does not support templates!");
      const rows = ask(run, CONTENT, { storage, content: "vztmpl" }) as Row[];
      const lines = rows.map(
        ({ volid, size }) => `${String(volid).padEnd(60)} ${(Number(size) / MIB).toFixed(2)}MB\n`,
      );
      return succeeded([`${"NAME".padEnd(60)} ${"SIZE".padEnd(6)}\n`, ...lines].join(""));
    },
  },
  remove: {
    positional: ["template_path"],
    parameters: "template_path:string=255",
    run: ({ api: { store }, node }, { template_path: path = "" }) => {
      const [storage = ""] = path.split(":");
      storageOf(store.state(), node, storage);
      const isIt = (volume: Volume) => volume.node === node && volumeId(volume) === path;
      store.change((draft) => {
        const found = draft.volumes.find(isIt);
        if (found) removeVolume(draft, found);
      });
      return succeeded();
    },
  },
};
