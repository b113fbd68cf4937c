/**
 * Keeps the answers to questions about nodes of one program that many detectors ask.
 *
 * Invariant: an answer that was found stands, whoever asks; that there is none stands only for questions that may follow
 * no more steps than the one that found none. Used by `names.ts`.
 */
import type TS from "typescript";

/** The answers to one kind of question. */
export class Answers<T> {
  private readonly known = new Map<TS.Node, { readonly answer: T | undefined; readonly steps: number }>();

  /** Returns the answer for a node, which `find` gives the first time. */
  of(node: TS.Node, steps: number, find: () => T | undefined): T | undefined {
    const known = this.known.get(node);
    if (known !== undefined && (known.answer !== undefined || known.steps >= steps)) return known.answer;
    const answer = find();
    this.known.set(node, { answer, steps });
    return answer;
  }
}
