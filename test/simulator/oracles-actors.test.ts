/**
 * O10 on entities that lose, repeat or reorder what they are sent, or let others into a section.
 */
import type {
  AppliedMessage,
  Caller,
  EntityData,
  EntityLock,
  EntityMessageBody,
  EventBody,
  InstanceMessage,
} from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { entitiesOracle } from "../../simulator/src/oracles/entities.ts";
import type { FinalEvidence } from "../../simulator/src/oracles/oracle.ts";
import type { EntityModels } from "../../simulator/src/scenario/scenario.ts";
import { StoreScript } from "./store-script.ts";

const E = "@counter@a";
const EMPTY: EntityData = { waiting: [], held: [], received: [], sent: [], lastOperationAt: 1_000 };
const signal = (operation = "add"): EntityMessageBody => ({ type: "EntityOperationSignaled", operation });
const callerOf = (taskId: number): Caller => ({ instanceId: "i", executionId: "i-1", taskId });
const called = (taskId: number, criticalSectionId?: string): EntityMessageBody => ({
  ...{ type: "EntityOperationCalled", operation: "add", caller: callerOf(taskId) },
  ...(criticalSectionId === undefined ? {} : { criticalSectionId }),
});
const request = (section: string, taskId = 1, lockSet: readonly string[] = [E]): EntityMessageBody => ({
  ...{ type: "EntityLockRequested", criticalSectionId: section, lockSet, caller: callerOf(taskId) },
});
const unlock = (section: string): EntityMessageBody => ({ type: "EntityUnlockSent", criticalSectionId: section });
const lockOf = (section: string): EntityLock => ({
  ...{ criticalSectionId: section, caller: callerOf(1), lockSet: [E] },
});

/** A message of one sender to the entity; its number is its place among those. */
function message(number: number, body: EntityMessageBody, stream = "s"): InstanceMessage {
  const position = { stream, number, sentAt: 1_000 };
  const birth = { name: "counter", incarnation: "c-1" };
  return { messageId: `${stream}${number}`, instanceId: E, position, birth, body };
}

const did = (id: string, body: EntityMessageBody, outcome: AppliedMessage["outcome"]): AppliedMessage => ({
  ...{ messageId: id, type: body.type, outcome },
  ...("operation" in body ? { operation: body.operation } : {}),
});

function answer(taskId: number, body: Partial<InstanceMessage["body"]> = {}): InstanceMessage {
  const { instanceId, executionId } = callerOf(taskId);
  const told = { type: "EntityOperationCompleted", taskId, ...body } as InstanceMessage["body"];
  return { messageId: `${executionId}:${taskId}`, instanceId, executionId, body: told };
}

const granted = (taskId: number, criticalSectionId: string): InstanceMessage =>
  answer(taskId, { type: "EntityLockGranted", criticalSectionId });

/** A store to which these messages were sent. */
function sent(...messages: readonly InstanceMessage[]): StoreScript {
  const script = new StoreScript();
  for (const one of messages) script.store.sendMessage(one, script.now);
  return script;
}

/** A turn of the entity that takes all that waits. */
function turn(
  script: StoreScript,
  applied: readonly AppliedMessage[],
  data: Partial<EntityData> = {},
  messages: readonly InstanceMessage[] = [],
): StoreScript {
  const item = script.fetch();
  const consumed = item.messages.map(({ messageId }) => messageId);
  script.commit(item, [], { entity: { ...EMPTY, ...data }, applied, consumed, messages });
  return script;
}

/** What the oracle says of all that happened so far. */
function say(script: StoreScript): string {
  return (entitiesOracle().observe?.(script, new Set([E])) ?? []).map(({ message: said }) => said).join();
}

function evidenceOf({ store, committed, now }: StoreScript): FinalEvidence {
  return {
    ...{ store, committed, now, isAtRest: true, stepsWithoutProgress: 0 },
    ...{ busyFunctions: [], runningActivities: [], replays: [] },
  };
}

function atEnd(script: StoreScript, models?: EntityModels): string {
  const oracle = entitiesOracle(models === undefined ? {} : { models });
  return (oracle.atEnd?.(evidenceOf(script)) ?? []).map(({ message: said }) => said).join();
}

const [one, two] = [message(1, signal()), message(2, signal("reset"))];

describe("O10, what is sent to an entity", () => {
  it("is applied once and in order, and may be delivered twice", () => {
    const script = sent(one, two);
    turn(script, [did("s1", signal(), "completed"), did("s2", signal("reset"), "failed")], { state: "1" });
    script.store.redeliver(E, one);
    turn(script, [], { state: "1" });
    expect(say(script) + atEnd(script)).toBe("");
  });

  it("is not applied twice", () => {
    const script = turn(sent(one), [did("s1", signal(), "completed")], { state: "1" });
    script.store.redeliver(E, one);
    turn(script, [did("s1", signal(), "completed")], { state: "2" });
    expect(say(script)).toBe(`entity "${E}" applied the signal "add" twice`);
  });

  it("is not applied in another order than its sender's; clients' signals and other senders' may be", () => {
    const backwards = [did("s2", signal("reset"), "completed"), did("s1", signal(), "completed")];
    expect(say(turn(sent(one, two), backwards))).toContain(
      'applied the signal "add" after one that the same sender sent later',
    );
    const position = (number: number): InstanceMessage["position"] => ({
      stream: "s",
      number,
      sentAt: 1,
      isUnordered: true,
    });
    const unordered = [one, two].map((each, i) => ({ ...each, position: position(i + 1) }) as InstanceMessage);
    expect(say(turn(sent(...unordered), backwards))).toBe("");
    const other = message(1, signal("reset"), "t");
    const mixed = [did("t1", signal("reset"), "completed"), did("s1", signal(), "completed")];
    expect(say(turn(sent(one, other), mixed))).toBe("");
  });

  it("is not taken and forgotten; it may be held or wait", () => {
    expect(say(turn(sent(one), []))).toBe(
      `entity "${E}" took a message (EntityOperationSignaled) from its queue, and neither applied nor kept it`,
    );
    const held = [{ messageId: "s2", body: signal("reset"), position: { stream: "s", number: 2, sentAt: 1_000 } }];
    const script = turn(sent(two), [], { held });
    expect(say(script)).toBe("");
    expect(atEnd(script)).toContain("still holds a message until one comes that was sent before it");
  });

  it("is what is applied and kept, and nothing else", () => {
    expect(say(turn(sent(one), [did("x", signal(), "completed")]))).toContain(
      'applied the signal "add", which nobody sent',
    );
    const waiting = [{ messageId: "s1", body: signal() }];
    expect(say(turn(sent(one), [did("s1", signal(), "completed")], { waiting }))).toContain(
      "keeps a message that it has applied",
    );
    expect(say(turn(sent(one), [], { waiting: [...waiting, ...waiting] }))).toContain("keeps a message twice");
  });

  it("changes nothing where it failed", () => {
    expect(say(turn(sent(one), [did("s1", signal(), "failed")], { state: "1" }))).toContain(
      "has another state, although no operation was completed",
    );
  });
});

describe("O10, a call", () => {
  const body = called(1);

  it("is answered once, in its turn, as it went", () => {
    const applied = (outcome: "completed" | "failed", ...messages: readonly InstanceMessage[]): string =>
      say(turn(sent(message(1, body)), [did("s1", body, outcome)], {}, messages));
    expect(applied("completed", answer(1))).toBe("");
    expect(applied("completed")).toContain('applied the call of "add", and does not answer task 1 of "i"');
    expect(applied("failed", answer(1))).toContain('answers task 1 of "i" with EntityOperationCompleted');
    expect(applied("completed", answer(1), answer(2))).toContain('answers task 2 of "i", and applied no call of it');
  });
});

describe("O10, a lock", () => {
  const [ask, other] = [message(1, request("A")), message(1, request("B"), "t")];

  /** An entity that section A has locked. */
  const locked = (...more: readonly InstanceMessage[]): StoreScript =>
    turn(sent(ask, ...more), [did("s1", request("A"), "locked")], { lock: lockOf("A") }, [granted(1, "A")]);
  /** Messages that come once it is locked. */
  const then = (...messages: readonly InstanceMessage[]): StoreScript => {
    const script = locked();
    for (const each of messages) script.store.sendMessage(each, script.now);
    return script;
  };

  it("lets its own calls in until it is given back", () => {
    const script = then(message(2, called(2, "A")), message(3, unlock("A")));
    turn(script, [did("s2", called(2, "A"), "completed"), did("s3", unlock("A"), "unlocked")], {}, [answer(2)]);
    expect(say(script) + atEnd(script)).toBe("");
  });

  it("keeps others out: signals, calls and other sections", () => {
    const into = (body: EntityMessageBody, outcome: AppliedMessage["outcome"]): string =>
      say(
        turn(
          then(message(1, body, "t")),
          [did("t1", body, outcome)],
          { lock: lockOf("A") },
          body === signal() ? [] : [answer(7)],
        ),
      );
    expect(into(signal(), "completed")).toContain('applied the signal "add" while section A held its lock');
    expect(into(called(7, "B"), "completed")).toContain('applied the call of "add" while section A held its lock');
    expect(into(called(7), "completed")).toContain('applied the call of "add" while section A held its lock');
    const second = turn(then(other), [did("t1", request("B"), "locked")], { lock: lockOf("B") }, [granted(1, "B")]);
    expect(say(second)).toContain("gave its lock to a section while section A held it");
  });

  it("is not taken by a call that comes when it is gone, nor given back by another section", () => {
    const gone = turn(sent(message(1, called(2, "A"))), [did("s1", called(2, "A"), "completed")], {}, [answer(2)]);
    expect(say(gone)).toContain("as part of section A, which did not hold its lock");
    const foreign = turn(then(message(1, unlock("B"), "t")), [did("t1", unlock("B"), "unlocked")]);
    expect(say(foreign)).toContain("was unlocked by section B, which did not hold it");
    const deaf = turn(then(message(2, unlock("A"))), [did("s2", unlock("A"), "ignored")], { lock: lockOf("A") });
    expect(say(deaf)).toContain("was not unlocked when section A ended");
  });

  it("is what its data says", () => {
    expect(say(turn(then(message(1, signal(), "t")), [], {}))).toContain(
      "says that nobody holds its lock, and by what it applied section A does",
    );
  });

  it("is granted by the last entity of the set, and asked for at the next by the others", () => {
    const silent = turn(sent(ask), [did("s1", request("A"), "locked")], { lock: lockOf("A") });
    expect(say(silent)).toContain('applied a request for its lock, and does not answer task 1 of "i"');
    const first = request("A", 1, [E, "@counter@b"]);
    expect(say(turn(sent(message(1, first)), [did("s1", first, "locked")], { lock: lockOf("A") }))).toBe("");
  });

  it("may be asked for and given up before it is granted", () => {
    const waits = [{ messageId: "t1", body: request("B") }];
    const script = then(other);
    turn(script, [], { lock: lockOf("A"), waiting: waits });
    script.store.sendMessage(message(2, unlock("B"), "t"), script.now);
    turn(script, [did("t2", unlock("B"), "forgotten")], { lock: lockOf("A") });
    expect(say(script)).toBe("");
  });

  it("is not left with an owner that is over, or with somebody who waits for nothing", () => {
    expect(atEnd(locked())).toContain('is locked for ever: its owner "i" is over');
    const alive = locked();
    alive.start("i");
    expect(atEnd(alive)).toBe("");
    const waiting = [{ messageId: "s1", body: signal() }];
    expect(atEnd(turn(sent(one), [], { waiting }))).toContain("is free, and a message still waits for its lock");
  });
});

describe("O10, the answers of an entity with a model", () => {
  const models: EntityModels = {
    counter: {
      init: 0,
      apply(state: number, operation) {
        if (operation === "refuse") throw new Error("no");
        return operation === "add" ? { state: state + 1, result: state + 1 } : { state, result: state };
      },
    },
  };

  /** An orchestration that calls in its first turn, and is answered in turns of its own. */
  const history = (calls: readonly string[], answers: readonly (readonly [number, string | undefined])[]): string => {
    const script = new StoreScript();
    script.start();
    const position = { stream: "s", number: 1, sentAt: 1_000 };
    const ask = calls.map((operation, i): EventBody => {
      return { type: "EntityOperationCalled", taskId: i + 1, entityId: E, operation, position };
    });
    script.firstTurn(ask);
    for (const [taskId, result] of answers) {
      const messageId = `i-1:${taskId}`;
      const failure = { errorType: "Error", errorMessage: "no" };
      script.nextTurn([
        result === undefined
          ? { type: "EntityOperationFailed", taskId, failure, messageId }
          : { type: "EntityOperationCompleted", taskId, result, messageId },
      ]);
    }
    return atEnd(script, models);
  };

  it("are what the model gives in some order of the calls", () => {
    expect(
      history(
        ["add", "add", "get", "refuse"],
        [
          [2, "1"],
          [1, "2"],
          [3, "1"],
          [4, undefined],
        ],
      ),
    ).toBe("");
    expect(history(["add", "get"], [[2, "1"]])).toBe("");
  });

  it("are reported when no order explains them, with how far one goes", () => {
    expect(
      history(
        ["add", "add"],
        [
          [1, "1"],
          [2, "1"],
        ],
      ),
    ).toBe(`entity "${E}" did not answer as one object would: after add() = 1 no order explains add() = 1`);
    expect(history(["get"], [[1, "1"]])).toContain("from the start no order explains get() = 1");
    expect(history(["refuse"], [[1, "0"]])).toContain("no order explains refuse() = 0");
  });

  it("are not judged where there is no model", () => {
    const script = sent({ ...one, instanceId: "@other@a" });
    expect(atEnd(script, models)).toBe("");
  });
});
