/** Arithmetic and `[[ ]]`: bash evaluates the values of variables there, so that a value can run a program. */
import type {
  ArithmeticExpression,
  ParsedScript,
  SyntaxNode,
  TestExpression,
  Word,
  WordPart,
} from "./shell-parser.ts";
import { NUMBER } from "./shell-values.ts";
import { isOwnVariable } from "./shell-variables.ts";
import { textsOfParts, textsOfWord, type WordContext } from "./shell-words.ts";

/** What the walk over the whole text offers. */
export type Surroundings = WordContext & {
  remark(node: SyntaxNode, reason: string): void;
  words(words: readonly Word[]): void;
  part(node: SyntaxNode): void;
  script(script: ParsedScript | undefined, at: SyntaxNode): void;
};

const INTEGER = /^[-\d\ue002]*$/;
const ASSIGNS = /^(?:[-+*/%&|^]|<<|>>)?=$/;
const COMPARES = /^-(?:eq|ne|lt|le|gt|ge)$/;

export class ArithmeticWalk {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  expression(node: ArithmeticExpression | undefined, at: SyntaxNode): void {
    if (!node) {
      this.#around.remark(at, "this expression is not understood");
      return;
    }
    switch (node.type) {
      case "ArithmeticBinary":
        if (ASSIGNS.test(node.operator)) this.#target(node.left);
        else this.expression(node.left, at);
        this.expression(node.right, at);
        return;
      case "ArithmeticUnary":
        if (/^(?:\+\+|--)$/.test(node.operator)) this.#target(node.operand);
        else this.expression(node.operand, at);
        return;
      case "ArithmeticTernary":
        for (const part of [node.test, node.consequent, node.alternate]) this.expression(part, at);
        return;
      case "ArithmeticGroup":
        this.expression(node.expression, at);
        return;
      case "ArithmeticCommandExpansion":
        this.#around.script(node.script, node);
        if (this.#around.outputOf(node.script) !== NUMBER) this.#unclear(node);
        return;
      case "ArithmeticWord":
        this.#operand(node);
        return;
      default:
        node satisfies never;
        this.#around.remark(at, "this expression is not understood");
        return;
    }
  }

  #target(node: ArithmeticExpression): void {
    if (node.type === "ArithmeticWord" && !node.parts && isOwnVariable(node.value)) return;
    this.#around.remark(node, "it sets what may mean something to bash");
  }

  #operand(node: ArithmeticExpression & { type: "ArithmeticWord" }): void {
    for (const part of node.parts ?? []) this.#around.part(part);
    if (!node.parts && /^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(node.value)) return;
    const at: Word = { type: "Word", text: node.value, value: node.value, pos: node.pos, end: node.end };
    const isName = !node.parts && /^[A-Za-z_]\w*$/.test(node.value);
    const named: WordPart = { type: "SimpleExpansion", pos: node.pos, end: node.end, text: `$${node.value}` };
    const parts = isName ? [named] : node.parts;
    const texts = parts ? textsOfParts(parts, this.#around, at) : undefined;
    if (!texts?.every((text) => INTEGER.test(text))) this.#unclear(node);
  }

  #unclear(node: SyntaxNode): void {
    this.#around.remark(node, "bash evaluates this, and its value is not known to be a number");
  }

  test(node: TestExpression): void {
    switch (node.type) {
      case "TestUnary":
        this.#around.words([node.operand]);
        if (/^-[vR]$/.test(node.operator)) this.#unclear(node);
        return;
      case "TestBinary":
        this.#around.words([node.left, node.right]);
        if (COMPARES.test(node.operator))
          for (const word of [node.left, node.right])
            if (!textsOfWord(word, this.#around).every((text) => INTEGER.test(text))) this.#unclear(word);
        return;
      case "TestLogical":
        for (const operand of node.operands) this.test(operand);
        return;
      case "TestNot":
        this.test(node.operand);
        return;
      case "TestGroup":
        this.test(node.expression);
        return;
      default:
        node satisfies never;
        this.#around.remark(node, "this test is not understood");
        return;
    }
  }
}
