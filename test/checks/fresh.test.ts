import { execFile } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { didLess } from "../../agents/testing/did-less.ts";
import { readReleases } from "./fresh.ts";
import { environmentOf, isTransport, mirrorsOf, sourcesOf } from "./fresh-root.ts";

test("the bare root takes its packages from the mirrors of this machine", () => {
  const targets = `http://security.example/debian-security/ bookworm-security
http://mirror.example/debian/ bookworm
https://deb.nodesource.com/node_20.x/ nodistro
`;
  expect(sourcesOf("trixie", mirrorsOf(targets))).toBe(
    "deb http://mirror.example/debian/ trixie main\ndeb http://security.example/debian-security/ trixie-security main\n",
  );
  expect(mirrorsOf("https://archive.ubuntu.com/ubuntu/ noble")).toEqual({
    main: "http://deb.debian.org/debian",
  });
});

test("of apt's settings only those go in that say how packages are fetched", () => {
  const lines = [
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::https::CaInfo "/etc/ssl/own.pem";',
    'Acquire::Retries "3";',
  ];
  const others = ['Acquire::https "";', 'APT::Install-Recommends "1";', 'DPkg::Post-Invoke:: "rm -rf /";'];
  expect([...lines, ...others].filter(isTransport)).toEqual(lines);
});

test("of the environment only proxies, certificates and the registry go in", () => {
  const env = {
    https_proxy: "http://p",
    NO_PROXY: "x",
    NODE_EXTRA_CA_CERTS: "/ca",
    npm_config_registry: "https://r",
    PIP_INDEX_URL: "https://i",
  };
  const others = {
    OPENAI_API_KEY: "k",
    npm_config_prefix: "/home/x",
    PIP_TARGET: "/home/x",
    MINILAB_RECORDED: "/r",
    PATH: "/opt/tools",
  };
  const { PATH, HOME, LANG, ...rest } = environmentOf({ ...env, ...others });
  expect(rest).toEqual(env);
  expect(`${PATH} ${HOME} ${LANG}`).not.toContain("/opt/tools");
});

test("every release is tested unless one is named, and a name that is none is refused", () => {
  expect(readReleases(undefined)).toEqual(["bookworm", "trixie"]);
  expect(readReleases("trixie")).toEqual(["trixie"]);
  expect(() => readReleases("sid")).toThrow("--release is one of bookworm, trixie");
});

if (process.getuid?.() === 0) {
  test("whoever enters a root has processes of its own, and can make a sandbox in it", async () => {
    const root = mkdtempSync(join(tmpdir(), "a root "));
    const enter = join(import.meta.dirname, "enter-root.sh");
    const nested =
      "bwrap --unshare-all --ro-bind / / --proc /proc true && unshare -Ur id -u && echo child of $PPID";
    const inside = 'mount --bind / "$1" && "$2" "$1" sh -c "$3"';
    const argv = ["--mount", "--propagation", "private", "sh", "-c", inside, "sh", root, enter, nested];
    const { stdout } = await promisify(execFile)("unshare", argv, { env: { ...process.env, HOME: "/" } });
    expect(stdout).toBe("0\nchild of 1\n");
    rmdirSync(root);
  });
} else didLess("no root of its own was entered: run the tests as root");
