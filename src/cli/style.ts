/**
 * The few colours of the command line, each named after what it says.
 *
 * Invariant: without colours every style gives back the text unchanged, so a report means the same in a pipe.
 */
import { styleText } from "node:util";

/** Marks up a piece of text. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

/** The styles of a stream that can, or cannot, show colours. */
export function styleFor(hasColours: boolean): Style {
  // The stream was judged already; Node's own check would look at another one.
  const paint = (format: Format) => (text: string) =>
    hasColours ? styleText(format, text, { validateStream: false }) : text;
  return {
    good: paint(["green", "bold"]),
    bad: paint(["red", "bold"]),
    warning: paint("yellow"),
    strong: paint("bold"),
    faint: paint("dim"),
  };
}
