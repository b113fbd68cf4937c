/**
 * Walks the code of a function in the order in which it runs, and tells which lock it certainly holds at each call.
 *
 * Invariant: a lock is held only where every path to the place has taken it and none may have released it; where paths
 * differ, and after any use of the handle that is not known to be harmless, nothing is held. Used by
 * `critical-sections.ts`.
 */
import type TS from "typescript";

import type { Code } from "../semantic/effects.ts";
import { isFunction } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";
import { lockOf, lockRequestOf, mayRelease, mayReleaseIn, type Lock } from "./entity-locks.ts";

/** What holds at a point: a lock, none, or that nothing reaches it. */
type State = Lock | "free" | "unreached";

/** What the walk comes across. */
export interface SectionEvents {
  /** A lock that is asked for; `lock` is what it gives, if that is known. */
  request(call: TS.CallExpression, lock: Lock | undefined): void;
  /** Any other call while a lock is held. Says whether it may release the lock. */
  call(call: TS.CallExpression, lock: Lock): boolean;
  /** A lock that is asked for while one is held. */
  nested(call: TS.CallExpression): void;
}

function join(first: State, second: State): State {
  if (first === "unreached") return second;
  return second === "unreached" || first === second ? first : "free";
}

/** Says whether the right side of an operator runs only sometimes. */
export function isShortCircuit(operator: TS.SyntaxKind): boolean {
  switch (operator) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.AmpersandAmpersandEqualsToken:
    case ts.SyntaxKind.BarBarEqualsToken:
    case ts.SyntaxKind.QuestionQuestionEqualsToken:
      return true;
    default:
      return false;
  }
}

/** One walk through one function. */
export class SectionWalk {
  private readonly code: Code;
  private readonly events: SectionEvents;
  private state: State = "free";
  /** Counts the changes of the state, so that code which changes nothing is known. */
  private changes = 0;

  constructor(code: Code, events: SectionEvents) {
    this.code = code;
    this.events = events;
  }

  /** Walks through a function's body. */
  visit(node: TS.Node): void {
    if (this.state === "unreached" || ts.isTypeNode(node)) return;
    if (isFunction(node) || ts.isClassLike(node)) this.closure(node);
    else if (ts.isIfStatement(node)) this.branch(node.expression, node.thenStatement, node.elseStatement);
    else if (ts.isConditionalExpression(node)) this.branch(node.condition, node.whenTrue, node.whenFalse);
    else if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) {
      this.branch(node.left, node.right, undefined);
    } else if (ts.isIterationStatement(node, false) || ts.isLabeledStatement(node)) this.maybe(node);
    else if (ts.isSwitchStatement(node)) this.choice(node);
    else if (ts.isTryStatement(node)) this.attempt(node);
    else this.step(node);
  }

  private children(node: TS.Node): void {
    ts.forEachChild(node, (child) => {
      this.visit(child);
    });
  }

  private step(node: TS.Node): void {
    this.children(node);
    if (ts.isCallExpression(node)) this.call(node);
    else if (ts.isIdentifier(node)) this.name(node);
    else if (ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)) {
      this.state = "unreached";
    } else if (typeof this.state !== "string" && this.state.usedIn === node) this.release();
  }

  private release(): void {
    this.state = "free";
    this.changes += 1;
  }

  private call(node: TS.CallExpression): void {
    const held = typeof this.state === "string" ? undefined : this.state;
    const request = lockRequestOf(node, this.code);
    if (request === undefined) {
      if (held !== undefined && this.events.call(node, held)) this.release();
      return;
    }
    if (held !== undefined) {
      this.events.nested(node);
      return;
    }
    const lock = lockOf(request, this.code);
    this.events.request(node, lock);
    this.state = lock ?? "free";
    this.changes += 1;
  }

  private name(node: TS.Identifier): void {
    if (typeof this.state === "string") return;
    const { handle } = this.state;
    if (handle === undefined || handle.name !== node.text || !mayRelease(node)) return;
    if (this.code.names.symbolAt(node) === handle) this.release();
  }

  /** A function that is made here and mentions the handle may be called by anybody. */
  private closure(node: TS.Node): void {
    if (typeof this.state !== "string" && mayReleaseIn(node, this.state, this.code)) this.release();
  }

  private branch(condition: TS.Node, whenTrue: TS.Node, whenFalse: TS.Node | undefined): void {
    this.visit(condition);
    const entry = this.state;
    this.visit(whenTrue);
    const first = this.state;
    this.state = entry;
    if (whenFalse !== undefined) this.visit(whenFalse);
    this.state = join(first, this.state);
  }

  /** What may run often, or not to its end: afterwards the lock is held as before, if nothing inside touches it. */
  private maybe(node: TS.Node): void {
    const entry = this.state;
    const { changes } = this;
    this.children(node);
    this.state = this.changes === changes ? entry : "free";
  }

  private choice(node: TS.SwitchStatement): void {
    this.visit(node.expression);
    const entry = this.state;
    const { changes } = this;
    for (const clause of node.caseBlock.clauses) {
      this.state = entry;
      this.children(clause);
    }
    this.state = this.changes === changes ? entry : "free";
  }

  private attempt(node: TS.TryStatement): void {
    const entry = this.state;
    const { changes } = this;
    this.visit(node.tryBlock);
    const done = this.state;
    this.state = this.changes === changes ? entry : "free";
    if (node.catchClause === undefined) this.state = "unreached";
    else this.visit(node.catchClause);
    const after = join(done, this.state);
    if (node.finallyBlock === undefined) {
      this.state = after;
      return;
    }
    const calm = this.changes === changes;
    this.state = calm ? entry : "free";
    this.visit(node.finallyBlock);
    if (after === "unreached") this.state = "unreached";
    else if (!calm && this.state !== "unreached" && typeof after !== "string") {
      // The body took the lock. What follows the `finally` has it only if nothing there may have released it.
      this.state = mayReleaseIn(node.finallyBlock, after, this.code) ? "free" : after;
    }
  }
}
