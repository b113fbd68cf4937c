/**
 * The client of a steered simulation: each call sets the simulation going until it is answered.
 *
 * Invariant: it has every method of the production client, and each is carried out by a production client that acts in
 * the simulation. Made by `Simulation` alone.
 */
import type { AsyncPageable, ExportOptions, OrchestrationQuery, OrchestrationState, Page, TaskHubClient } from "dacapo";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import type { ClientCall } from "./timeline.ts";

/** Carries a call out. `repeat` is the same call for another run; `name` is for messages. */
export type Perform = <T>(name: string, make: ClientCall<T>, repeat: ClientCall) => Promise<T>;

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Which argument of a call is the user's data. */
const DATA: Readonly<Record<string, number>> = {
  scheduleNewOrchestration: 1,
  raiseOrchestrationEvent: 2,
  terminateOrchestration: 1,
};

/** A client whose calls go through `perform`. `example` is any client: it lends its type and the names of its methods. */
export function steeringClient(example: TaskHubClient, perform: Perform, texts: PayloadTexts): TaskHubClient {
  const methods = new Map<string, unknown>();
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(example))) {
    if (name !== "constructor") methods.set(name, methodOf(name, perform, texts));
  }
  methods.set("getAllInstances", (query?: OrchestrationQuery) => listing(query, perform));
  methods.set("exportHistory", (options?: ExportOptions) => exporting(options, perform));
  return new Proxy(example, {
    get: (target, name): unknown =>
      (typeof name === "string" ? methods.get(name) : undefined) ?? Reflect.get(target, name),
  });
}

function methodOf(name: string, perform: Perform, texts: PayloadTexts): Method {
  return (...args) => {
    const kept = [...args];
    const data = DATA[name];
    // The caller may change its data later, and a repetition must send what was sent.
    if (data !== undefined && data < kept.length) kept[data] = asSent(kept[data], texts);
    const callWith =
      (given: readonly unknown[]): ClientCall =>
      (client) =>
        (Reflect.get(client, name) as Method).apply(client, [...given]);
    return perform(name, callWith(args), callWith(kept));
  };
}

/** All pages are read at once, as one call: between two pages a test could change what the next one holds. */
function listing(query: OrchestrationQuery | undefined, perform: Perform): AsyncPageable<OrchestrationState> {
  const read: ClientCall<readonly StatePage[]> = async (client) => {
    const pages: StatePage[] = [];
    for await (const page of client.getAllInstances(query).asPages()) pages.push(page);
    return pages;
  };
  async function* asPages(): AsyncGenerator<StatePage, void, undefined> {
    yield* await perform("getAllInstances", read, read);
  }
  return {
    asPages,
    async *[Symbol.asyncIterator]() {
      for await (const page of asPages()) yield* page;
    },
  };
}

type StatePage = Page<OrchestrationState>;

/** All lines are read at once, for the same reason. */
function exporting(options: ExportOptions | undefined, perform: Perform): AsyncIterable<string> {
  const read: ClientCall<readonly string[]> = async (client) => {
    const lines: string[] = [];
    for await (const line of client.exportHistory(options)) lines.push(line);
    return lines;
  };
  return {
    async *[Symbol.asyncIterator]() {
      yield* await perform("exportHistory", read, read);
    },
  };
}

/** A copy of the data as the client will write it down. */
function asSent(data: unknown, texts: PayloadTexts): unknown {
  if (data === undefined) return undefined;
  // Options in the place of data carry a mark that is no data.
  if (typeof data === "object" && data !== null && Object.getOwnPropertySymbols(data).length > 0) return { ...data };
  try {
    return texts.read(texts.write(data));
  } catch {
    // The client refuses it.
    return data;
  }
}
