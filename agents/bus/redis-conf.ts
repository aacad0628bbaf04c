/**
 * How a redis-server has to be started to keep what it has confirmed, whoever starts it: this project's programs, its
 * tests, docker-compose.yml. Pure.
 */

/** Raised when what is kept in Redis changes so that an older or a newer program would misread it. */
export const RECORDS_FORMAT = 2;
/** The folder of the append-only file: a redis-server never loads what another version of the format left. */
export const RECORDS_FOLDER = `records-${RECORDS_FORMAT}`;

/** On disk before it is confirmed; a full memory refuses, it forgets nothing; the end of the file may be torn by a kill. */
const DURABLE = {
  appendonly: "yes",
  appendfsync: "always",
  appenddirname: RECORDS_FOLDER,
  "aof-load-truncated": "yes",
  save: "",
  "maxmemory-policy": "noeviction",
} as const;

export type RedisPlace = {
  /** Where its files are. */
  directory: string;
  port: number;
  /** Its ACL file. */
  users: string;
};

/** The text of its configuration, for standard input: on the loopback address of this machine. */
export function redisConf({ directory, port, users }: RedisPlace): string {
  const here = { bind: "127.0.0.1", port, aclfile: users, dir: directory };
  const lines = Object.entries({ ...here, ...DURABLE }).map(
    ([name, value]) => `${name} ${JSON.stringify(String(value))}`,
  );
  return `${lines.join("\n")}\n`;
}
