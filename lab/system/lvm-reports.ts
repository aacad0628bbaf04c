/** What `lvs`, `vgs` and `pvs` of a node have to tell: their columns and rows. */
import { groupSize, logicalVolumes } from "./disks.ts";
import type { Asked } from "./stand-in.ts";

type Cells = Record<string, string | number>;
type Report = { columns: string[]; rows: (asked: Asked) => Cells[] };

export const HEADS: Readonly<Record<string, string>> = {
  ...{ lv_name: "LV", vg_name: "VG", lv_attr: "Attr", lv_size: "LSize", pool_lv: "Pool", origin: "Origin" },
  ...{
    data_percent: "Data%",
    metadata_percent: "Meta%",
    move_pv: "Move",
    mirror_log: "Log",
    copy_percent: "Cpy%Sync",
  },
  ...{
    convert_lv: "Convert",
    lv_path: "Path",
    pv_count: "#PV",
    lv_count: "#LV",
    snap_count: "#SN",
    vg_attr: "Attr",
  },
  ...{
    vg_size: "VSize",
    vg_free: "VFree",
    pv_name: "PV",
    pv_fmt: "Fmt",
    pv_attr: "Attr",
    pv_size: "PSize",
    pv_free: "PFree",
  },
};
export const RIGHT = /size$|free$|percent$|count$/;

export const REPORTS: Readonly<Record<string, Report>> = {
  lvs: {
    columns:
      "lv_name vg_name lv_attr lv_size pool_lv origin data_percent metadata_percent move_pv mirror_log copy_percent convert_lv".split(
        " ",
      ),
    rows: ({ hardware }) =>
      logicalVolumes(hardware).map((lv) => ({
        ...{
          lv_name: lv.name,
          vg_name: "pve",
          lv_attr: lv.attributes,
          lv_size: lv.sizeBytes,
          pool_lv: lv.pool,
        },
        ...{
          data_percent: lv.dataPercent,
          metadata_percent: lv.name === "data" ? "1.64" : "",
          lv_path: `/dev/pve/${lv.name}`,
        },
      })),
  },
  vgs: {
    columns: "vg_name pv_count lv_count snap_count vg_attr vg_size vg_free".split(" "),
    rows: ({ hardware }) => {
      const { totalBytes, freeBytes, volumes } = groupSize(hardware);
      return [
        {
          vg_name: "pve",
          pv_count: "1",
          lv_count: String(volumes),
          snap_count: "0",
          vg_attr: "wz--n-",
          vg_size: totalBytes,
          vg_free: freeBytes,
        },
      ];
    },
  },
  pvs: {
    columns: "pv_name vg_name pv_fmt pv_attr pv_size pv_free".split(" "),
    rows: ({ hardware }) => {
      const { totalBytes, freeBytes } = groupSize(hardware);
      return [
        {
          pv_name: "/dev/sda3",
          vg_name: "pve",
          pv_fmt: "lvm2",
          pv_attr: "a--",
          pv_size: totalBytes,
          pv_free: freeBytes,
        },
      ];
    },
  },
};
