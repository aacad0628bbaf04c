/** A program for a thread of its own: makes one text of a page readable, and answers with it or with the refusal. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";
import { readableText } from "./readable-text.ts";

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
/** The parser of style sheets tells each mistake that it finds. */
globalThis.console = new Console(silent);

const { text, isHtml } = workerData as { text: string; isHtml: boolean };
parentPort?.postMessage(await readableText(text, { isHtml }));
