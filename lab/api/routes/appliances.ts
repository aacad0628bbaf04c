/** Templates of containers: the index that a node has of them, and their download into a storage. */
import { AppError } from "../../../agents/base/errors.ts";
import { APPLIANCES, locationOf } from "../../cluster/appliances.ts";
import { badParameter } from "../../cluster/options.ts";
import { systemOfFile } from "../../cluster/os-images.ts";
import { findVolume, pathOf } from "../../cluster/storage.ts";
import { type Call, type Handlers, read, text } from "../call.ts";
import { placeOf } from "./storage.ts";

const SIZE_BYTES = 129_710_398;

export const applianceRoutes: Handlers = {
  "GET /nodes/{node}/aplinfo": read(() => APPLIANCES.map(described)),
  "POST /nodes/{node}/aplinfo": {
    kind: "task",
    task: "download",
    id: (params) => String(params["template"]),
    begin: (call) => {
      if (!APPLIANCES.some(({ template }) => template === text(call, "template")))
        throw badParameter("template", "no such template");
      if (!placeOf(call).content.includes("vztmpl"))
        throw new AppError("conflict", `storage '${text(call, "storage")}' does not support templates`);
    },
    run: download,
  },
};

function described(appliance: (typeof APPLIANCES)[number]) {
  const { section, template, headline } = appliance;
  const [os = ""] = template.split("_");
  const [name = "", version = ""] = template.split("_");
  return {
    ...{ package: name, version, template, type: "lxc", os, section, headline, architecture: "amd64" },
    location: locationOf(appliance),
    infopage: "https://pve.proxmox.com/wiki/Linux_Container",
    description: headline,
    source: "http://download.proxmox.com/images",
  };
}

function download(call: Call): string {
  const place = placeOf(call);
  const template = text(call, "template");
  const name = `vztmpl/${template}`;
  const path = pathOf(place, { name, content: "vztmpl" });
  const found = APPLIANCES.find((one) => one.template === template);
  const target = `${found ? locationOf(found) : ""} to ${path}`;
  if (findVolume(call.state, text(call, "node"), `${place.name}:${name}`))
    return `${target}: file already exists, nothing to be done\n`;
  call.state.volumes.push({
    ...{ node: text(call, "node"), storage: place.name, name, vmid: 0, sizeBytes: SIZE_BYTES },
    ...{ content: "vztmpl", format: template.replace(/^.*\.tar\./, "t") },
    createdAt: Math.floor(call.now / 1000),
    ...systemOfFile(template),
  });
  return `downloading ${target}\nverifying checksum\ndownload of '${found ? locationOf(found) : ""}' to '${path}' finished\n`;
}
