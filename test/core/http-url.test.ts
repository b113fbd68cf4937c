/**
 * Laws of addresses: ours never says more than the platform's `URL` does, above all not "the same origin".
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HttpUrl } from "../../src/core/http-url.ts";
import { hrefOf, parseHttpUrl, resolveHttpUrl } from "../../src/core/http-url.ts";

const base = parseHttpUrl("https://a.example/jobs/start?x=1")!;

const resolved = (reference: string, from: HttpUrl = base): string | undefined => {
  const url = resolveHttpUrl(reference, from);
  return url === undefined ? undefined : hrefOf(url);
};

describe("an address", () => {
  it.each([
    ["HTTPS://A.Example:443", "https://a.example/"],
    ["http://a.example:80/x?y#z", "http://a.example/x?y"],
    ["http://a.example:8080?y", "http://a.example:8080/?y"],
    ["http://[::1]:3000/", "http://[::1]:3000/"],
  ])("%s is read as %s", (text, href) => expect(hrefOf(parseHttpUrl(text)!)).toBe(href));

  it.each([
    ...["", "/x", "a.example", "ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "https:a.example"],
    ...["http://", "http:///x", "http://user:password@a.example/", "http://user@a.example/", "http://a.example:99999/"],
    ...["http://a.example /x", "http://a.example\\@b.example/", "http://a.exa\tmple/", "http://käse.example/"],
    ...["http://a%2eexample/", " http://a.example/", "http://a.example/\u0000", "http://a.example/x y"],
  ])("%j is not usable", (text) => expect(parseHttpUrl(text)).toBeUndefined());
});

describe("a reference", () => {
  it.each([
    ["https://b.example/x", "https://b.example/x"],
    ["//b.example/x", "https://b.example/x"],
    ["/status/7", "https://a.example/status/7"],
    ["status/7", "https://a.example/jobs/status/7"],
    ["?id=7", "https://a.example/jobs/start?id=7"],
    ["#top", "https://a.example/jobs/start?x=1"],
    ["", "https://a.example/jobs/start?x=1"],
  ])("%j leads to %s", (reference, href) => expect(resolved(reference)).toBe(href));

  it.each([
    "///b.example/",
    "/\\b.example/",
    "\\\\b.example/",
    "https:/b.example",
    "/\t/b.example",
    "mailto:a@b.example",
  ])("%j, which could be read in two ways, leads nowhere", (reference) => expect(resolved(reference)).toBeUndefined());
});

// What addresses are made of, and what has been used to make one look like another.
const piece = fc.constantFrom(
  ...["a.example", "b.example", "A.EXAMPLE", "127.0.0.1", "0x7f.1", "[::1]", "http:", "https:", "HTTP:", "ftp:", "x:"],
  ...[
    "/",
    "//",
    "\\",
    "?",
    "#",
    "@",
    ":",
    ":80",
    ":443",
    ":0443",
    ":8080",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    "%2f",
    "~",
    "_",
  ],
  ...[
    "c",
    "status",
    "é",
    " ",
    "\t",
    "\n",
    "\u00a0",
    "\u200b",
    "&",
    "=",
    "|",
    "^",
    "{",
    "-",
    "+",
    "1",
    ";",
    "'",
    "*",
    "$",
  ],
);
const anyText = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(""));
const likely = fc
  .tuple(fc.constantFrom("http://", "https://", "//", ""), fc.array(piece, { maxLength: 6 }))
  .map(([start, pieces]) => start + pieces.join(""));
const reference = fc.oneof(anyText, likely);
const page = likely.map((text) => parseHttpUrl(text)).filter((url) => url !== undefined);

describe("whatever the text", () => {
  it("what we can use and the platform can use are the same place", () => {
    fc.assert(
      fc.property(reference, page, (text, from) => {
        const ours = resolved(text, from);
        if (ours === undefined || !URL.canParse(hrefOf(from)) || !URL.canParse(ours)) return;
        const theirs = new URL(text, hrefOf(from));
        theirs.hash = "";
        // A question mark before nothing asks for nothing.
        expect(new URL(ours).href.replace(/\?$/u, "")).toBe(theirs.href.replace(/\?$/u, ""));
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it("two addresses of one origin are of one origin to the platform", () => {
    fc.assert(
      fc.property(reference, page, (text, from) => {
        const ours = resolveHttpUrl(text, from);
        if (ours?.origin !== from.origin || !URL.canParse(hrefOf(from))) return;
        expect(new URL(hrefOf(ours)).origin).toBe(new URL(hrefOf(from)).origin);
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });
});
