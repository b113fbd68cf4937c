/** Where `dacapo worker` and `dacapo doctor` are told that a hub is kept. */
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "dacapo";
import { parseSqliteFile, parseStore } from "../../src/cli/hub-arguments.ts";

describe("the name of a store", () => {
  it("is a file, or the address of a PostgreSQL database, whose password nobody sees", () => {
    expect(parseStore("app.db").name).toBe("app.db");
    expect(parseStore("postgres://app:secret@db:5432/app").name).toBe("postgres://app@db:5432/app");
    expect(parseStore("postgresql://db/app").name).toBe("postgresql://db/app");
  });

  it.each(["", " ", "mysql://db/app", "postgres://db:port/app"])("is not %j", (text) => {
    expect(() => parseStore(text)).toThrow(InvalidArgumentError);
  });

  it("is shown in no error with its password", () => {
    expect(() => parseSqliteFile("postgres://app:secret@db/app")).toThrow(
      "The address of a PostgreSQL database is no SQLite file.",
    );
    expect(() => parseStore("postgres://app:secret@db:port/app")).toThrow(/^(?!.*secret)/);
  });
});
