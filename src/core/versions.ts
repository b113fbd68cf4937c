/**
 * The order of versions, by durabletask-js's rules: by number, part by part, where both are versions of one to four
 * numbers; otherwise as texts, whatever their case. No version comes before any.
 *
 * Invariant: depends on nothing but the two texts: no language, no machine. Used by orchestrators,
 * whose replay must decide the same, and by workers.
 */

/** Less than 0 when `version` comes before `other`, more than 0 when it comes after, 0 when they are equal. */
export function compareVersions(version: string | undefined, other: string | undefined): number {
  const [a, b] = [version?.trim() ?? "", other?.trim() ?? ""];
  if (a === "" || b === "") return Number(a !== "") - Number(b !== "");
  const [numbersOfA, numbersOfB] = [numbersOf(a), numbersOf(b)];
  if (numbersOfA === undefined || numbersOfB === undefined) return inOrder(a.toLowerCase(), b.toLowerCase());
  for (let i = 0; i < 4; i++) {
    const order = inOrder(numbersOfA[i] ?? 0n, numbersOfB[i] ?? 0n);
    if (order !== 0) return order;
  }
  return 0;
}

function inOrder<T extends string | bigint>(a: T, b: T): number {
  return Number(a > b) - Number(a < b);
}

/** Of "1", "1.0", "1.0.0" or "1.0.0.0". */
function numbersOf(version: string): readonly bigint[] | undefined {
  return /^\d+(\.\d+){0,3}$/.test(version) ? version.split(".").map(BigInt) : undefined;
}
