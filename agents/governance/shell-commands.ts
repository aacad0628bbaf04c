/**
 * The simple commands of a shell text, wherever in it they stand, with the words that each may get; and what in the text
 * is more than a sequence of commands. Judges nothing. Long because it is one walk over one tree.
 */
import { ArithmeticWalk } from "./shell-arithmetic.ts";
import { outputOf } from "./shell-outputs.ts";
import {
  type Command,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  parseShell,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type Word,
} from "./shell-parser.ts";
import { ANY, SPLIT } from "./shell-values.ts";
import { type Bindings, bindingsOf, isOwnVariable } from "./shell-variables.ts";
import { textsOfWord, type WordContext, wordsOf } from "./shell-words.ts";

export type ShellCommand = {
  /** As it was written. */
  text: string;
  /** Its words before anything is expanded. */
  written: string[];
  /** What it may get, its name first; never none. */
  argvs: string[][];
  /** Assignments before it. */
  environment: { name: string; values: string[] }[];
  redirections: { operator: string; targets: string[] }[];
  /** What it finds on its input when it reads it. */
  stdin: "none" | "empty" | "data";
  /** A here-document or here-string that is known. */
  input: string | undefined;
};

/** Something that is never mere reading, or not understood. */
export type Remark = { part: string; reason: string };
export type ShellText = { commands: ShellCommand[]; remarks: Remark[] };

const MAX_ARGVS = 64;
const MAX_DEPTH = 60;
/** Values looked at in one text. */
const MAX_WORK = 40_000;

export function readShell(text: string): ShellText {
  const { script, problem } = parseShell(text);
  const walk = new Walk(text);
  if (problem !== undefined) walk.remark(text, problem);
  if (script) walk.start(script);
  return { commands: walk.commands, remarks: walk.remarks };
}

const NOTHING: ReadonlySet<string> = new Set();

type Stdin = ShellCommand["stdin"];
type If = Extract<Statement["command"], { type: "If" }>;
type Visited = PipelineNode | Statement["command"] | CompoundList;
/** What runs its parts in order, each of them once. */
type Sequence = Extract<
  Visited,
  { type: "Command" | "CompoundList" | "AndOr" | "Pipeline" | "Redirected" | "Subshell" | "BraceGroup" }
>;

class Walk implements WordContext {
  readonly commands: ShellCommand[] = [];
  readonly remarks: Remark[] = [];
  readonly #text: string;
  readonly #snapshots = new Map<Word, ReadonlySet<string>>();
  bindings: Bindings = new Map();
  #definite: ReadonlySet<string> = NOTHING;
  #work = 0;
  #depth = 0;
  #stdin: Stdin = "none";

  constructor(text: string) {
    this.#text = text;
  }

  start(script: ParsedScript): void {
    try {
      this.bindings = bindingsOf(script);
      this.#statements(script.commands);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // of this walk, or of the stack
      this.remark(this.#text, "the line is nested too deeply, or has too many values");
    }
  }

  remark(node: string | SyntaxNode, reason: string): void {
    const part = typeof node === "string" ? node : this.#text.slice(node.pos, node.end);
    this.remarks.push({ part: part.length > 80 ? `${part.slice(0, 80)}…` : part, reason });
  }

  definiteAt(word: Word): ReadonlySet<string> {
    return this.#snapshots.get(word) ?? NOTHING;
  }

  spend(): void {
    if (++this.#work > MAX_WORK) throw new RangeError("too many values");
  }

  #define(name: string): void {
    if (!this.#definite.has(name)) this.#definite = new Set([...this.#definite, name]);
  }

  outputOf(script: ParsedScript | undefined): string {
    return script ? outputOf(script, this) : SPLIT;
  }

  #statements(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (statement.background) this.remark(statement, "what is started in the background goes on by itself");
      this.#node(statement.command);
    }
  }

  #list(list: CompoundList): void {
    this.#statements(list.commands);
  }

  /** What is set inside is not certain afterwards. */
  #scoped(visit: () => void): void {
    const definite = this.#definite;
    visit();
    this.#definite = definite;
  }

  #node(node: Visited): void {
    if (++this.#depth > MAX_DEPTH) throw new RangeError("too deep");
    this.#visit(node);
    this.#depth--;
  }

  #visit(node: Visited): void {
    switch (node.type) {
      case "Command":
        this.#command(node);
        return;
      case "CompoundList":
        this.#list(node);
        return;
      case "AndOr":
        this.#andOr(node.commands, node.operators);
        return;
      case "Pipeline":
        this.#pipeline(node.commands);
        return;
      case "Redirected":
        this.#redirected(node.redirects, () => this.#node(node.command));
        return;
      case "Subshell":
        this.#scoped(() => this.#list(node.body));
        return;
      case "BraceGroup":
        this.#list(node.body);
        return;
      default:
        this.#control(node);
    }
  }

  /** What decides whether or how often its parts run, and what is no sequence of commands at all. */
  #control(node: Exclude<Visited, Sequence>): void {
    switch (node.type) {
      case "If":
        this.#if(node);
        return;
      case "While":
        this.#list(node.clause);
        this.#scoped(() => this.#list(node.body));
        return;
      case "For":
        this.#for(node.name, node.wordlist, node.body);
        return;
      case "Case":
        this.words([node.word]);
        for (const { pattern, body } of node.items) {
          this.words(pattern);
          this.#scoped(() => this.#list(body));
        }
        return;
      case "TestCommand":
        new ArithmeticWalk(this).test(node.expression);
        return;
      case "ArithmeticCommand":
        new ArithmeticWalk(this).expression(node.expression, node);
        return;
      case "ArithmeticFor":
        for (const part of [node.initialize, node.test, node.update])
          if (part) new ArithmeticWalk(this).expression(part, node);
        this.#scoped(() => this.#list(node.body));
        return;
      case "Function":
        this.remark(node, "a function can take the place of a program");
        this.#scoped(() => this.#node(node.body));
        return;
      case "Coproc":
        this.remark(node, "a coprocess goes on by itself");
        this.#scoped(() => this.#node(node.body));
        return;
      case "Select":
        this.remark(node, "select waits for an answer");
        this.#for(node.name, node.wordlist, node.body);
        return;
      default:
        node satisfies never;
        throw new RangeError("a node that the parser does not know");
    }
  }

  #if(node: If): void {
    this.#list(node.clause);
    for (const branch of [node, ...node.elif]) {
      if (branch !== node) this.#scoped(() => this.#list(branch.clause));
      this.#scoped(() => this.#list(branch.then));
    }
    const { else: otherwise } = node;
    if (otherwise) this.#scoped(() => this.#list(otherwise));
  }

  #andOr(nodes: readonly PipelineNode[], operators: readonly string[]): void {
    const [first, ...others] = nodes;
    if (first) this.#node(first);
    this.#scoped(() => {
      for (const [index, node] of others.entries()) {
        if (operators[index] === "&&") this.#node(node);
        else this.#scoped(() => this.#node(node));
      }
    });
  }

  #pipeline(nodes: readonly PipelineNode[]): void {
    if (nodes.length === 1 && nodes[0]) {
      this.#node(nodes[0]);
      return;
    }
    const outer = this.#stdin;
    for (const [index, node] of nodes.entries()) {
      if (index > 0) this.#stdin = isSilent(nodes[index - 1]) ? "empty" : "data";
      this.#scoped(() => this.#node(node));
    }
    this.#stdin = outer;
  }

  #redirected(redirects: readonly Redirection[], visit: () => void): void {
    const outer = this.#stdin;
    const stdin = this.#stdinOf(redirects);
    const redirections = this.#redirections(redirects);
    if (redirections.length > 0)
      this.commands.push({ ...EMPTY, text: this.#source(redirects), redirections });
    this.#stdin = stdin;
    visit();
    this.#stdin = outer;
  }

  #source(nodes: readonly SyntaxNode[]): string {
    return nodes.map((node) => this.#text.slice(node.pos, node.end)).join(" ");
  }

  #for(name: Word, words: readonly Word[] | undefined, body: CompoundList): void {
    this.#checkName(name.value, name);
    this.words(words ?? []);
    this.#scoped(() => {
      this.#define(name.value);
      this.#list(body);
    });
  }

  #checkName(name: string, at: SyntaxNode): void {
    if (!isOwnVariable(name)) this.remark(at, `${name} may mean something to bash or to a program`);
  }

  #command(node: Command): void {
    const assignments = node.prefix.filter((item) => item.type === "Assignment");
    const words = node.args.flatMap((arg) => (arg.type === "Word" ? [arg] : []));
    if (words.length < node.args.length) this.remark(node, "it sets variables by a command");
    for (const { index, value } of assignments) {
      this.words(index ? [index] : []);
      this.words(value.type === "ArrayValue" ? value.elements : [value]);
      if (index && !/^\d+$/.test(index.value)) this.remark(node, "an index is evaluated by bash");
    }
    if (node.name) this.words([node.name, ...words]);
    const stdin = this.#stdinOf(node.redirects);
    const command = {
      text: this.#text.slice(node.pos, node.end),
      written: [...(node.name ? [node.name] : []), ...words].map(({ value }) => value),
      argvs: node.name ? this.#argvs([node.name, ...words]) : [[]],
      environment: [] as ShellCommand["environment"],
      redirections: this.#redirections(node.redirects),
      stdin: stdin,
      input: knownInput(node.redirects, this),
    };
    if (node.name) {
      command.environment = assignments.map(({ name, value }) => ({
        name,
        values: value.type === "Word" ? textsOfWord(value, this) : [SPLIT],
      }));
    } else {
      for (const { name } of assignments) {
        this.#checkName(name, node);
        this.#define(name);
      }
    }
    this.commands.push(command);
  }

  #argvs(words: readonly Word[]): string[][] {
    const lists = words.map((word) => wordsOf(word, this));
    const total = lists.reduce((product, { length }) => product * length, 1);
    const bounded = total <= MAX_ARGVS ? lists : lists.map((list) => (list.length === 1 ? list : [[SPLIT]]));
    let argvs: string[][] = [[]];
    for (const list of bounded) {
      const [only = []] = list;
      if (list.length === 1) for (const argv of argvs) argv.push(...only);
      else argvs = argvs.flatMap((argv) => list.map((more) => [...argv, ...more]));
    }
    return argvs;
  }

  #redirections(nodes: readonly Redirection[]): ShellCommand["redirections"] {
    return nodes.flatMap((node) => {
      if (node.descriptor?.type === "FileDescriptorVariable")
        this.remark(node, "it keeps a descriptor in a variable");
      if (node.type === "HereDoc") {
        for (const part of node.body.parts ?? []) this.part(part);
        return [];
      }
      if (!node.target) {
        this.remark(node, "a redirection without a target");
        return [];
      }
      this.words([node.target]);
      if (node.type === "HereString") return [];
      const targets = wordsOf(node.target, this).map((list) => list.join(SPLIT));
      return [{ operator: node.operator, targets }];
    });
  }

  #stdinOf(nodes: readonly Redirection[]): Stdin {
    const last = nodes.findLast(({ type, operator }) => type !== "Redirect" || operator.startsWith("<"));
    if (!last) return this.#stdin;
    return last.type === "Redirect" && last.target?.value === "/dev/null" ? "empty" : "data";
  }

  /** The scripts and expressions within words. */
  words(words: readonly Word[]): void {
    for (const word of words) {
      this.#snapshots.set(word, this.#definite);
      for (const part of word.parts ?? []) this.part(part);
    }
  }

  /** One part of a word, with all that bash would run or evaluate in it. */
  part(node: SyntaxNode): void {
    if (++this.#depth > MAX_DEPTH) throw new RangeError("too deep");
    this.#visitPart(node);
    this.#depth--;
  }

  #visitPart(node: SyntaxNode): void {
    switch (node.type) {
      case "CommandExpansion":
      case "ProcessSubstitution":
        if (node.type === "ProcessSubstitution" && node.operator === ">")
          this.remark(node, "it runs a program beside the line");
        this.script(node.script, node);
        return;
      case "ArithmeticExpansion":
        new ArithmeticWalk(this).expression(node.expression, node);
        return;
      case "ExtendedGlob":
        this.remark(node, "bash does not know such patterns here");
        return;
      case "ParameterExpansion":
        this.#parameter(node);
        return;
      case "SimpleExpansion":
      case "Literal":
      case "SingleQuoted":
      case "AnsiCQuoted":
        return;
      case "Glob":
      case "DoubleQuoted":
      case "LocaleString":
      case "BraceExpansion":
        forEachChild(node, (child) => this.part(child));
        return;
      case "Word":
        this.words([node]);
        return;
      default:
        this.remark(node.type, "this part is not understood");
        return;
    }
  }

  #parameter(node: SyntaxNode & { type: "ParameterExpansion" }): void {
    const { operation, prefix, index } = node;
    if (prefix === "!" && !/^\$\{!\w+\[[@*]\]\}$/.test(node.text))
      this.remark(node, "it names a variable by another");
    if (index && !/^(?:[@*]|\d+)$/.test(index.text)) this.remark(node, "an index is evaluated by bash");
    if (!operation) return;
    const isSetting = operation.type === "Default" && /=/.test(operation.operator);
    if (isSetting || /^(?:Transform|Names|Unknown)$/.test(operation.type))
      this.remark(node, "it does more than show a value");
    if (operation.type === "Slice") {
      for (const word of [operation.offset, operation.length])
        if (word && !/^ ?-?\d+$/.test(word.text)) this.remark(node, "a position is evaluated by bash");
      return;
    }
    forEachChild(operation, (child) => this.part(child));
  }

  script(script: ParsedScript | undefined, at: SyntaxNode): void {
    if (!script) {
      this.remark(at, "this part is not understood");
      return;
    }
    const [error] = script.errors ?? [];
    if (error) this.remark(at, error.message);
    const inner = script.source ?? this.#text;
    if (inner !== this.#text) {
      this.#foreign(inner);
      return;
    }
    this.#scoped(() => this.#statements(script.commands));
  }

  /** Backticks with backslashes have a text of their own; what is known of variables is not known there. */
  #foreign(source: string): void {
    const { commands, remarks } = readShell(source);
    this.commands.push(...commands);
    this.remarks.push(...remarks);
  }
}

const EMPTY: ShellCommand = {
  text: "",
  written: [],
  argvs: [[]],
  environment: [],
  redirections: [],
  stdin: "none",
  input: undefined,
};

/** `echo |`: a way to give a program no input. */
function isSilent(node: PipelineNode | undefined): boolean {
  return (
    node?.type === "Command" && /^(?:echo|true|:)$/.test(node.name?.text ?? "") && node.suffix.length === 0
  );
}

function knownInput(redirects: readonly Redirection[], context: WordContext): string | undefined {
  const last = redirects.findLast(({ type }) => type !== "Redirect");
  if (last?.type === "HereString" && last.target) {
    const texts = textsOfWord(last.target, context);
    return texts.length === 1 ? texts[0] : ANY;
  }
  if (last?.type !== "HereDoc") return undefined;
  const isPlain = (last.body.parts ?? []).every(({ type }) => type === "Literal");
  return last.delimiter?.quoted || isPlain ? last.body.text : ANY;
}
