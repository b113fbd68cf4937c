/**
 * Writes where a node is, for reports that are read outside the program.
 *
 * Invariant: paths have forward slashes and are relative to the folder that was asked for, on every machine. Pure.
 */
import path from "node:path";
import type TS from "typescript";

import { wrapped } from "../semantic/syntax.ts";
import { lineOf } from "../semantic/syntax.ts";
import { ts } from "../semantic/typescript.ts";

/** A line of a file, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Writes a file's name as seen from a folder. */
export function relativeTo(fileName: string, directory: string): string {
  return path.relative(directory, fileName).replace(/\\/gu, "/");
}

/** The name that a reader looks for: the one of the declaration, or of the variable or member that holds the function. */
function named(node: TS.Node): TS.Node {
  if (ts.isConstructorDeclaration(node)) return node;
  if ("name" in node && node.name !== undefined && (ts.isFunctionLike(node) || ts.isClassLike(node))) {
    return node.name;
  }
  if (!ts.isFunctionLike(node) && !ts.isClassLike(node)) return node;
  const holder = wrapped(node).parent;
  return ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder) || ts.isPropertyDeclaration(holder)
    ? holder.name
    : node;
}

/** Returns the place of a node; of a function or class, that of its name. */
export function placeOfNode(node: TS.Node, directory: string): Place {
  return { file: relativeTo(node.getSourceFile().fileName, directory), line: lineOf(named(node)) };
}
