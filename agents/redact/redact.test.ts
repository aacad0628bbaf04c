import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf } from "../testing/secret-forms.ts";
import { createRedactor, REDACTED } from "./redact.ts";
import { afterBreak, RedactingStream } from "./redact-stream.ts";

const SECRET = "pa$$ w0rd/+?\"quo'te&<ö>\\end";
const redactor = createRedactor([SECRET, "0b5e7c21d4f6a8903e1f2b4c6d8e0a1b"]);

const FORMS = formsOf(SECRET);

describe("a known value", () => {
  it.each(Object.entries(FORMS))("is hidden as %s (F59)", (_, form) => {
    const clean = redactor(`before\n${form}\nafter`);
    expect(clean).toMatch(/^before\n[\s\S]{0,40}\[redacted\][\s\S]{0,40}\nafter$/);
  });

  it("is hidden line by line when it has several, however they are indented", () => {
    const lines = ["AAAAB3NzaC1yc2EAAAADAQABAAABgQ", "DZx0V8sQmKJq1lYkG4uRz9wT7eNcP2"];
    const key = createRedactor([`-----BEGIN X-----\n${lines.join("\n")}\n-----END X-----\n`]);
    expect(key(`  ${lines.join("\n| ")}`)).toBe(`  ${REDACTED}\n| ${REDACTED}`);
  });

  it("is hidden behind empty space of any length, and before it", () => {
    const base64 = Buffer.from(SECRET).toString("base64");
    for (let length = 0; length < 300; length++) {
      const gap = "\n \t".repeat(100).slice(0, length);
      expect(redactor(`${gap}${base64}${gap}`)).not.toContain(base64.slice(0, 8));
      expect(redactor(`x${gap}${SECRET}${gap}x`)).not.toContain(SECRET.slice(0, 8));
    }
  });

  it("is hidden piece by piece when it is long", () => {
    const long = Array.from({ length: 700 }, (_, index) => (index * 7919).toString(36)).join("");
    expect(createRedactor([long])(`<${JSON.stringify({ long })}>`)).toMatch(
      /^<\{"long":"(\[redacted\])+"\}>$/,
    );
  });

  it("is hidden wherever it stands, though all around it is the same", () => {
    const around = "a line of ordinary output\n".repeat(400);
    const clean = redactor(`${around}${encodeURIComponent(SECRET)}\n`.repeat(3));
    expect(clean.split(REDACTED)).toHaveLength(4);
  });

  it("is hidden with a shell's quotes at any place of it, also beside quotes of its own", () => {
    const secret = String.raw`\/WBEyZE'<sEE4LYcb7'47'j<'7bcVC<ZGP5G`;
    for (const quotes of ["''", '""', "\"''\""])
      expect(createRedactor([secret])(`a ${[...secret].join(quotes)} b`)).toBe(`a ${REDACTED} b`);
  });

  it("does not blank out ordinary words", () => {
    const text = 'Plan: 2 to add, 0 to change.\n{"pa":"w0rd","b":"C:\\\\end"} 100% &amp; 0x1f\n';
    expect(redactor(text)).toBe(text);
    expect(createRedactor(["", "ab", "a\nb"])("ab a b")).toBe("ab a b");
    expect(createRedactor([`"'go'"`])(`go to "'go'"`)).toBe(`go to ${REDACTED}`);
  });
});

describe("a secret that nobody told", () => {
  it.each([
    `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE${"QUJD".repeat(90)}\n-----END OPENSSH PRIVATE KEY-----`,
    "PVEAPIToken=root@pam!ci=4b1c2d3e-aaaa-bbbb-cccc-1234567890ab",
    `sk-${"proj-a1B2c3D4e5F6".repeat(3)}`,
    `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`,
    "postgres://admin:s3cretpw@db.example.org/app",
  ])("is known by its shape: %s", (secret) => {
    expect(createRedactor([])(`x ${secret} y`)).toBe(`x ${REDACTED} y`);
  });

  /** One for each rule, put together here so that no tool takes this file for a leak. */
  const letters = (count: number) => "a1B2c3D4e5F6g7H8i9J0".repeat(60).slice(0, count);
  it.each([
    ...[
      `AWS_SECRET_ACCESS_KEY=${letters(40)}`,
      `https://someone:x-oauth-basic@github.com/`,
      `npm_${letters(36)}`,
    ],
    ...[`https://admin:${letters(12)}@pve.example.org`],
    ...[
      `xoxb-${letters(12)}-${letters(24)}`,
      `https://hooks.slack.com/services/T${letters(8)}/B${letters(8)}/x`,
    ],
    ...[`SG.${letters(22)}.${letters(43)}`, `shpat_${letters(32)}`, `sk_live_${letters(24)}`],
    ...[`gho_${letters(36)}`, `github_pat_${letters(82)}`, `glpat-${letters(20)}`, `glc_${letters(32)}`],
    ...[`glsa_${letters(32)}_${"0a1b2c3d"}`, `sk-ant-api03-${letters(90)}AA`, `lin_api_${letters(40)}`],
    ...[`hf_${"abcdefghijklmnopqrstuvwxyzabcdefgh"}`, `ntn_${"12345678901"}${letters(35)}`],
    ...[`mongodb://root:${letters(12)}@db/app`, `mysql://root:${letters(12)}@db/app`],
    ...[`hvs.${letters(95)}`, `hvb.${letters(140)}`, `vcp_${letters(24)}`, `dapi${"0a1b2c3d".repeat(4)}`],
    ...[`dckr_pat_${letters(27)}`, `figd_${letters(40)}`, `tskey-auth-${letters(16)}-${letters(32)}`],
    ...[`cfut_${letters(40)}${"0a1b2c3d"}`, `gsk_${letters(52)}`],
  ])("is known by the words that belong to it: %s", (secret) => {
    expect(createRedactor([])(`first\nvalue: ${secret}\nlast`)).toContain(REDACTED);
  });

  it("does not take the rest of the text for a key that never ends", () => {
    const text = `-----BEGIN PRIVATE KEY-----\nMIIEvQ\n{"next":"line"}`;
    expect(createRedactor([])(text)).toBe(`${REDACTED}{"next":"line"}`);
  });
});

describe("a stream", () => {
  it("lets no secret through, wherever it is divided (F59, F69)", { timeout: 120_000 }, () => {
    const forms = Object.values(FORMS).join("\n--\n");
    const padding = "some line of output\n".repeat(14_000);
    const whole = redactor(padding + forms + padding);
    const cuts = fc.array(fc.integer({ min: 0, max: forms.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 0, max: 9_000 }), (places, shift) => {
        const stream = new RedactingStream(redactor);
        const parts = [stream.write(padding.slice(shift))];
        let from = 0;
        for (const at of [...places.toSorted((a, b) => a - b), forms.length]) {
          parts.push(stream.write(forms.slice(from, at)));
          from = at;
        }
        const clean = parts.join("") + stream.write(padding) + stream.end();
        expect(clean).toBe(whole.slice(shift));
      }),
      { numRuns: 25 },
    );
  });

  it("leaves out what may be a part of a secret where the text breaks off", () => {
    const stream = new RedactingStream(redactor);
    const clean = stream.write("x".repeat(300_000) + SECRET.slice(0, -1)) + stream.breakOff();
    expect(clean).toMatch(/^x{290000,300000}$/);
    expect(afterBreak(redactor, `${SECRET.slice(1)}${"y".repeat(20_000)}`)).toMatch(/^y+$/);
  });
});
