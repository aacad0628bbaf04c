/**
 * How a redis-server has to be started to keep what it has confirmed, whoever starts it: this project's programs, its
 * tests, docker-compose.yml. Pure.
 */

/** On disk before it is confirmed; a full memory refuses, it forgets nothing; one file, whose end may be torn by a kill. */
export const DURABLE = {
  appendonly: "yes",
  appendfsync: "always",
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
