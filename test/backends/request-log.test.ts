/**
 * The memory store's request log: what it remembers, and that time alone makes it forget.
 */
import { describe, expect, it } from "vitest";
import { REDELIVERY_HORIZON_MS } from "../../src/core/limits.ts";
import { MemoryStore } from "../../src/backends/memory/index.ts";
import { RequestLog } from "../../src/backends/memory/request-log.ts";
import { requestKey } from "../../src/backends/sql/request-key.ts";
import { startOf } from "../../src/testing/stage.ts";

describe("the request log", () => {
  it("keeps requests apart by their kind, their instance and their id", () => {
    const log = new RequestLog();
    log.remember(requestKey("purge", "a", "b c"), true, 0);
    expect(log.answerTo(requestKey("purge", "a", "b c"))).toBe(true);
    expect(log.answerTo(requestKey("send", "a", "b c"))).toBeUndefined();
    expect(log.answerTo(requestKey("purge", "a b", "c"))).toBeUndefined();
    expect(log.answerTo(requestKey("purge", "a", "b"))).toBeUndefined();
  });

  it("lets the first answer stand", () => {
    const log = new RequestLog();
    log.remember(requestKey("purge", "a", "1"), false, 0);
    log.remember(requestKey("purge", "a", "1"), true, 1);
    expect(log.answerTo(requestKey("purge", "a", "1"))).toBe(false);
    expect(log.size).toBe(1);
  });

  it("forgets a request once the horizon is over, and no other", () => {
    const log = new RequestLog();
    log.remember(requestKey("send", "a", "first"), true, 1_000);
    log.remember(requestKey("send", "a", "second"), true, 1_001);
    log.advanceTo(1_000 + REDELIVERY_HORIZON_MS);
    expect(log.size).toBe(2);
    log.advanceTo(1_001 + REDELIVERY_HORIZON_MS);
    expect(log.answerTo(requestKey("send", "a", "first"))).toBeUndefined();
    expect(log.answerTo(requestKey("send", "a", "second"))).toBe(true);
    log.advanceTo(2_000 + REDELIVERY_HORIZON_MS);
    expect(log.size).toBe(0);
  });
});

describe("the memory store", () => {
  it("forgets a message once the redelivery horizon is over", () => {
    const store = new MemoryStore();
    const start = startOf("a", "execution");
    store.createInstance({ requestId: "1", instanceId: "a", incarnation: "1", start, replaceStatuses: [] }, 1_000);
    const message = { messageId: "m", instanceId: "a", body: { type: "EventRaised", name: "e" } } as const;
    expect(store.sendMessage(message, 1_000)).toBe(true);
    expect(store.sendMessage(message, 1_000 + REDELIVERY_HORIZON_MS)).toBe(false);
    expect(store.sendMessage(message, 1_001 + REDELIVERY_HORIZON_MS)).toBe(true);
  });
});
