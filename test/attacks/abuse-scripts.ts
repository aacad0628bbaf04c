/**
 * Scripts that take what they can get of the machine, or will not end. COOKIE is a number that is in the command line
 * of what they leave behind, so that it is found whatever it did to get away.
 */

export type Abuse = {
  name: string;
  script: string;
  /** Seconds; what ends by itself has more. */
  limit: number;
};

const python = (code: string) => `exec python3 -c "
import os, signal, socket, sys, threading, time
COOKIE = '$COOKIE'
${code}"`;

const LINGER = "sleep 600.$COOKIE";

const ENDLESS: readonly [string, string][] = [
  ["fork bomb", `bomb() { bomb $COOKIE | bomb $COOKIE & }; bomb; ${LINGER}`],
  [
    "fork bomb that ignores signals",
    `trap '' TERM INT HUP; bomb() { setsid bash -c : & bomb | bomb & }; bomb; ${LINGER}`,
  ],
  ["children without end", `while :; do ${LINGER} & done`],
  ["threads without end", python("while True: threading.Thread(target=time.sleep, args=(600,)).start()")],
  ["zombies without end", python("while True:\n    if os.fork() == 0: os._exit(0)")],
  ["yes", "yes $COOKIE"],
  ["yes on both outputs", "yes $COOKIE >&2 & yes $COOKIE"],
  ["output by many", "for i in $(seq 20); do yes $COOKIE & done; wait"],
  ["memory of one process", python("keep = []\nwhile True: keep.append(bytearray(1 << 26))")],
  [
    "memory of many processes",
    python(
      "for _ in range(30):\n    if os.fork() == 0: break\nkeep = bytearray(1 << 28)\nfor at in range(0, len(keep), 4096): keep[at] = 1\ntime.sleep(600)",
    ),
  ],
  [
    "memory in files of memory",
    python(
      "while True:\n    f = os.memfd_create('x'); \n    for _ in range(64): os.write(f, bytes(1 << 20))",
    ),
  ],
  ["shared memory", "while :; do head -c 100M /dev/zero > /dev/shm/$RANDOM || sleep 0.1; done"],
  ["disk of /tmp", "while :; do head -c 100M /dev/zero > /tmp/$RANDOM || sleep 0.1; done"],
  ["one endless file", "cat /dev/zero > /tmp/app/filler-$COOKIE; sleep 600.$COOKIE"],
  ["sparse file", "truncate -s 10T /tmp/app/filler-$COOKIE; sleep 600.$COOKIE"],
  ["descriptors", python("while True:\n    try: os.dup(0)\n    except OSError: time.sleep(0.01)")],
  [
    "sockets",
    python(
      "keep = []\nwhile True:\n    try: keep += socket.socketpair()\n    except OSError: time.sleep(0.01)",
    ),
  ],
  [
    "every processor",
    "for i in $(seq 16); do (exec -a burn.$COOKIE bash -c 'while :; do :; done') & done; wait",
  ],
  ["ignored signals", `trap '' TERM INT HUP QUIT USR1 USR2; while :; do ${LINGER}; done`],
  ["a child that ignores signals", `bash -c "trap '' TERM INT HUP; while :; do ${LINGER}; done"; true`],
  ["stopped children", `for i in 1 2 3; do ${LINGER} & kill -STOP $!; done; wait`],
  ["a stopped leader", `${LINGER} & kill -STOP $$`],
  ["reading for ever", `cat; cat < /dev/zero > /dev/null # $COOKIE`],
];

/** They end at once, and would leave something behind. */
const LEAVING: readonly [string, string][] = [
  ["setsid", `setsid ${LINGER} >/dev/null 2>&1 < /dev/null & exit`],
  ["setsid that holds the output", `setsid ${LINGER} & exit`],
  ["a daemon", `(setsid bash -c '(setsid ${LINGER} > /dev/null 2>&1 < /dev/null &) &' &) ; exit`],
  ["a daemon without environment", `env -i setsid ${LINGER} > /dev/null 2>&1 < /dev/null & exit`],
  ["a daemon by nohup and disown", `nohup ${LINGER} > /dev/null 2>&1 & disown -a; exit`],
  ["stopped daemon", `setsid bash -c 'kill -STOP $$; ${LINGER}' > /dev/null 2>&1 & exit`],
  ["a chain of orphans", `for i in $(seq 30); do (setsid bash -c '${LINGER} &' &); done; exit`],
  ["a dead leader", `${LINGER} & ${LINGER} & kill -KILL $$`],
  [
    "a dying process that forks",
    python(
      "if os.fork() == 0:\n    signal.signal(signal.SIGTERM, lambda *_: os.fork())\n    os.setsid(); time.sleep(600)",
    ),
  ],
];

export const LOUD: Abuse = {
  name: "100 MB of output",
  script: "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo the end",
  limit: 60,
};

export const ABUSES: readonly Abuse[] = [
  ...ENDLESS.map(([name, script]) => ({ name, script, limit: 2 })),
  ...LEAVING.map(([name, script]) => ({ name, script, limit: 20 })),
  LOUD,
];
