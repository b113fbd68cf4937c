/** Where `dacapo worker` and `dacapo doctor` are told that a hub is kept. */
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "dacapo";
import { backendOf, parseStore } from "../../src/cli/hub-arguments.ts";
import { withoutPasswords } from "../../src/cli/without-passwords.ts";

describe("the name of a store", () => {
  it("is a file, or the address of a PostgreSQL database, whose password nobody sees", () => {
    expect(parseStore("app.db").name).toBe("app.db");
    expect(parseStore("postgres://app:secret@db:5432/app").name).toBe("postgres://app@db:5432/app");
    expect(parseStore("postgres:///app?host=/run&password=secret").name).toBe("postgres:///app?host=%2Frun");
    expect(parseStore("postgresql://db/app").name).toBe("postgresql://db/app");
  });

  it.each(["", " ", "mysql://db/app", "postgres://db:port/app"])("is not %j", (text) => {
    expect(() => parseStore(text)).toThrow(InvalidArgumentError);
  });

  it("is shown in no error with its password", () => {
    expect(() => parseStore("mysql://app:secret@db/app")).toThrow(
      /^(?!.*secret).*neither a SQLite file nor PostgreSQL/,
    );
    expect(() => parseStore("postgres://app:secret@db:port/app")).toThrow(/^(?!.*secret)/);
  });

  it("goes with a schema in PostgreSQL alone", () => {
    expect(backendOf(parseStore("postgres://db/app"), { schema: "orders" })).toBeTypeOf("function");
    expect(() => backendOf(parseStore("app.db"), { schema: "orders" })).toThrow("Schemas are for PostgreSQL");
    expect(() => backendOf(parseStore("postgres://db/app"), { schema: "no name" })).toThrow(InvalidArgumentError);
  });
});

describe("what is printed of errors", () => {
  it.each([
    ["at postgres://app:secret@db:5432/app?x=1 and on", "at postgres://app@db:5432/app?x=1 and on"],
    ["mysql://app:se/cr@et@db/app", "mysql://app@db/app"],
    ["postgres:///app?host=/run&password=secret&x=1", "postgres:///app?host=/run&password=...&x=1"],
    ["file:///home/app:1:2 says no", "file:///home/app:1:2 says no"],
  ])("has no password: %s", (text, shown) => {
    expect(withoutPasswords(text)).toBe(shown);
  });
});
