/** Signatures as the SSH protocols carry them: the name of an algorithm, then its bytes (RFC 4253, 5656, 8332, 8709). */
import { sign, verify } from "node:crypto";
import type { ParsedKey } from "./ssh.ts";
import { WireReader, wireString } from "./ssh-wire.ts";

type Algorithm = {
  keyType: string;
  hash: string | null;
  /** For ECDSA, whose two numbers SSH writes apart. */
  numberBytes?: number;
};

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  "ssh-ed25519": { keyType: "ssh-ed25519", hash: null },
  "rsa-sha2-256": { keyType: "ssh-rsa", hash: "sha256" },
  "rsa-sha2-512": { keyType: "ssh-rsa", hash: "sha512" },
  "ecdsa-sha2-nistp256": { keyType: "ecdsa-sha2-nistp256", hash: "sha256", numberBytes: 32 },
  "ecdsa-sha2-nistp384": { keyType: "ecdsa-sha2-nistp384", hash: "sha384", numberBytes: 48 },
  "ecdsa-sha2-nistp521": { keyType: "ecdsa-sha2-nistp521", hash: "sha512", numberBytes: 66 },
};

/** Undefined for an algorithm that is not of this key, or too old to be used (ssh-rsa). */
export function signWith(key: ParsedKey, name: string, data: Buffer): Buffer | undefined {
  const algorithm = algorithmOf(key, name);
  if (!algorithm) return undefined;
  const signed = sign(algorithm.hash, data, { key: key.getPrivatePEM(), dsaEncoding: "ieee-p1363" });
  return Buffer.concat([wireString(name), wireString(toWire(signed, algorithm))]);
}

/** Whether it is a signature of the data by the owner of this public key. Throws for what is no signature at all. */
export function isSignedWith(key: ParsedKey, data: Buffer, signature: Buffer): boolean {
  const reader = new WireReader(signature);
  const algorithm = algorithmOf(key, reader.text());
  if (!algorithm) return false;
  const signed = fromWire(reader.string(), algorithm);
  return verify(algorithm.hash, data, { key: key.getPublicPEM(), dsaEncoding: "ieee-p1363" }, signed);
}

function algorithmOf({ type }: ParsedKey, name: string): Algorithm | undefined {
  const algorithm = ALGORITHMS[name];
  return algorithm?.keyType === type ? algorithm : undefined;
}

function toWire(signed: Buffer, { numberBytes }: Algorithm): Buffer {
  if (numberBytes === undefined) return signed;
  const numbers = [signed.subarray(0, numberBytes), signed.subarray(numberBytes)];
  return Buffer.concat(numbers.map((number) => wireString(shortest(number))));
}

function fromWire(signed: Buffer, { numberBytes }: Algorithm): Buffer {
  if (numberBytes === undefined) return signed;
  const reader = new WireReader(signed);
  return Buffer.concat([reader.string(), reader.string()].map((number) => padded(number, numberBytes)));
}

/** An mpint: no zeros in front but the one that keeps it positive. */
function shortest(number: Buffer): Buffer {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(start);
  return (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
}

function padded(number: Buffer, size: number): Buffer {
  const digits = number.subarray(Math.max(0, number.length - size));
  return Buffer.concat([Buffer.alloc(size - digits.length), digits]);
}
