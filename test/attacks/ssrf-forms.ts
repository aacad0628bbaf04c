/** Addresses that lead somewhere private, each in every spelling that a URL parser, a resolver or a server may follow. */
import { spellings } from "./ssrf-spellings.ts";

/** The ports that the canary listens on. */
export const PORTS = [80, 8080, 6379] as const;

const V4 = (
  "127.0.0.1 127.200.1.2 10.0.0.1 10.255.255.254 172.16.0.1 172.31.255.254 192.168.10.202 169.254.169.254 100.64.0.1 " +
  "100.100.100.200 0.0.0.0 0.1.2.3 192.0.0.192 198.18.0.1 203.0.113.9 240.0.0.1"
).split(" ");
const V6 = (
  "::1 :: ::7f00:1 ::a00:1 ::ffff:7f00:1 ::ffff:a9fe:a9fe ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::a00:1 100::1 " +
  "2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 2002:c0a8:101:: 3fff::1 5f00::1 fc00::1 " +
  "fd00:ec2::254 fd12:3456::1 fe80::1 fec0::1 ff02::1 4000::1 8000::1"
).split(" ");
const SCHEMES =
  "file ftp gopher dict ldap ldaps tftp ws wss unix http+unix jar netdoc blob view-source feed sftp javascript data about".split(
    " ",
  );
const CODES = [300, 301, 302, 303, 304, 305, 307, 308];
const NAMES =
  "localhost LOCALHOST localhost. localhost.localdomain ip6-localhost a.localhost 127.0.0.1.localhost".split(
    " ",
  );

/** URLs; the paths tell the canary how to answer: `/go/CODE/TARGET` redirects, `/page/NAME` is that page. */
export function ssrfForms(): readonly string[] {
  const hosts = [...V4.flatMap(spellings), ...V6.map((address) => `[${address}]`), ...NAMES];
  const direct = hosts.map((host) => `http://${host}/`);
  return [...new Set([...direct, ...tricks(), ...names(), ...redirects(), ...pages(), ...otherSchemes()])];
}

const PRIVATE = ["127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.10.201:6379"];

/** What one reader of a URL takes for the host and another does not. */
function tricks(): string[] {
  return PRIVATE.flatMap((host) => [
    ...[`http://${host}#@public.test/`, `http://${host}?@public.test/`, `http://${host}\\@public.test/`],
    ...[
      `http://public.test\\@${host}/`,
      `http://public.test#@${host}/`,
      `http://public.test%00@${host}/`,
      `http:${host}/`,
    ],
    ...[
      `http:/${host}/`,
      `http:///${host}/`,
      `http:\\\\${host}\\`,
      `//${host}/`,
      ` http://${host}/ `,
      `\thttp://${host}/`,
    ],
    ...[
      `ht\ntp://${host}/`,
      `http://${host}\n.public.test/`,
      `http://${host}%0a.public.test/`,
      `HTTP://${host}/`,
    ],
    ...[
      `http://public.test/\r\nHost: ${host}\r\n\r\n`,
      `http://public.test/ HTTP/1.1\r\nHost: ${host}`,
      `https://${host}/`,
    ],
    ...[
      `http://${host}/../..//`,
      `http://public.test:80@${host}:80/`,
      `http://[${host}]/`,
      `http://${host}\u3002/`,
    ],
  ]);
}

let series = 0;

/** Each name is fresh: what was answered before is nobody's knowledge. */
function names(): string[] {
  const addresses = [...V4, ...V6.filter((address) => !/^::$|%/.test(address))];
  const labels = addresses.map((address) => address.replaceAll(/[.:]/g, "-"));
  const forms = ["to", "both", "alias", "turn"];
  return labels.flatMap((label) => forms.map((form) => `http://${form}-${label}.n${++series}.test/`));
}

/** From a public page to a private place, at once or after a few public ones. */
function redirects(): string[] {
  const places = [
    ...PRIVATE,
    "localhost",
    "[::1]",
    "2130706433",
    "0x7f000001",
    "[::ffff:127.0.0.1]",
    "user@127.0.0.1",
  ];
  const targets = [
    ...places.map((host) => `http://${host}/`),
    "//127.0.0.1/",
    "\\\\127.0.0.1\\",
    "/\\127.0.0.1/",
  ];
  const odd = [
    `http:127.0.0.1/`,
    `file:///etc/passwd`,
    `http://turn-127-0-0-1.r.test/`,
    `http://to-10-0-0-1.r.test/`,
  ];
  const all = [...targets, ...odd];
  return CODES.flatMap((code) =>
    all.flatMap((target) => {
      const once = `http://public.test/go/${code}/${encodeURIComponent(target)}`;
      return [once, `http://public.test/go/302/${encodeURIComponent(once)}`];
    }),
  );
}

/** Ways to lead a browser on without a redirect. */
function pages(): string[] {
  return ["refresh", "header", "link", "two-locations", "frame", "script"].map(
    (name) => `http://public.test/page/${name}`,
  );
}

function otherSchemes(): string[] {
  return SCHEMES.flatMap((scheme) => [
    `${scheme}://127.0.0.1/`,
    `${scheme}:///etc/passwd`,
    `${scheme}:http://127.0.0.1/`,
    `http://public.test/go/302/${encodeURIComponent(`${scheme}://127.0.0.1/etc/passwd`)}`,
  ]);
}
