/** What packages of a node have below /usr/share and /usr/lib and this machine has not: laid over its own, where the kernel can, and writable there. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { KERNEL } from "../cluster/commands/pveversion.ts";

/** Of the node's directory; in it `share` and `lib`. */
const ADDITIONS = "additions";

/** Of the node's directory: what is written there, and where the kernel prepares it. */
const LAYERS = ["upper", "work"];

const TOOLKIT = "share/javascript/proxmox-widget-toolkit";

/** The part that guides change, to be rid of the notice. */
const TOOLKIT_JS = `Ext.ns('Proxmox');
Ext.define('Proxmox.Utils', {
    utilities: {
	checked_command: function(orig_cmd) {
	    Proxmox.Utils.API2Request({
		url: '/nodes/localhost/subscription',
		method: 'GET',
		success: function(response, opts) {
		    let res = response.result;
		    if (res === null || res === undefined || !res || res
			.data.status.toLowerCase() !== 'active') {
			Ext.Msg.show({
			    title: gettext('No valid subscription'),
			    icon: Ext.Msg.WARNING,
			});
		    } else {
			orig_cmd();
		    }
		},
	    });
	},
    },
});
`;

const MODULES = ["API2", "Cluster", "HA/Manager", "LXC", "QemuServer", "Storage", "Tools", "VZDump"];
const PAGES = "ha-manager pct pveam pvecm pvenode pveperf pvesh pvesm pveum pveversion qm qmrestore vzdump";

/** Once; afterwards they are the node's own. */
export function makeAdditions(directory: string): void {
  const place = join(directory, ADDITIONS);
  if (existsSync(place)) return;
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), content);
  };
  for (const name of MODULES)
    put(`share/perl5/PVE/${name}.pm`, `package PVE::${name.replace("/", "::")};\n\n1;\n`);
  for (const name of PAGES.split(" ")) {
    const page = `.TH ${name.toUpperCase()} 1\n.SH NAME\n${name} - see https://pve.proxmox.com/pve-docs/${name}.1.html\n`;
    put(`share/man/man1/${name}.1.gz`, gzipSync(page));
  }
  put(`${TOOLKIT}/proxmoxlib.js`, TOOLKIT_JS);
  put(`lib/modules/${KERNEL}/modules.builtin`, "");
  for (const name of readdirSync(place))
    for (const layer of LAYERS) mkdirSync(join(directory, layer, name), { recursive: true });
}

/** For namespaces.pl: a folder of /usr that a node shows, and what lies over it. */
export function usrSteps(directory: string, name: string): [what: string, from: string, to: string][] {
  const path = `/usr/${name}`;
  if (!existsSync(join(directory, ADDITIONS, name))) return [["ro", path, path]];
  const toolkit = join(directory, ADDITIONS, TOOLKIT);
  return [
    ["over", `${ADDITIONS}/${name}`, path],
    ...(name === "share" && existsSync(toolkit)
      ? [["onto", `${ADDITIONS}/${TOOLKIT}`, `/usr/${TOOLKIT}`] as [string, string, string]]
      : []),
  ];
}
