/**
 * Laws of what the compiler says: the message about a mistaken call names the mistake.
 */
import { join } from "node:path";
import { expect, it } from "vitest";
import { typeCheck } from "../docs/type-check.ts";
import { root } from "../tooling/repository.ts";

it("the compiler says what is wrong with a call", () => {
  const path = join(root, "test/types/fixtures/mistaken-calls.ts");
  const complaints = typeCheck([path]).get(path)!;
  const notAnOrder = "of type 'string' is not assignable to parameter of type '{ readonly id: number; }'";
  const notOptions = "of type '5' is not assignable to parameter of type 'string | StartOptions | undefined'";
  const expected = [
    [10, "Expected 2-3 arguments, but got 1."],
    [11, `Argument ${notAnOrder}.`],
    [12, "Expected 2-3 arguments, but got 1."],
    [13, `Argument ${notAnOrder}.`],
    [14, `Argument ${notOptions}.`],
    [15, `Argument ${notOptions}.`],
  ];
  expect(complaints.map(({ line, message }) => [line, message])).toEqual(expected);
});
