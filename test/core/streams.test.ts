/**
 * Laws of the receiver's end of streams: exactly once and in order, against a model that remembers everything; long
 * lists behave as short ones do.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReceivedStream, StreamPosition } from "../../src/core/streams.ts";
import { InboundStreams } from "../../src/core/streams.ts";

function position(stream: string, number: number, sentAt = 10): StreamPosition {
  return { stream, number, sentAt };
}

describe("received streams", () => {
  it("take each number once, and in order but where the stream has none", () => {
    const messages = fc.array(
      fc.record({ stream: fc.constantFrom("a", "b~"), number: fc.integer({ min: 1, max: 6 }) }),
    );
    fc.assert(
      fc.property(messages, fc.boolean(), (sent, isLong) => {
        const taken = new Map<string, number[]>();
        let received: readonly ReceivedStream[] = isLong ? many(100) : [];
        for (const { stream, number } of sent) {
          const isUnordered = stream === "b~";
          const streams = new InboundStreams(received);
          const before = taken.get(stream) ?? [];
          const verdict = streams.judge({ ...position(stream, number), ...(isUnordered ? { isUnordered } : {}) });
          const isNext = isUnordered || number === before.length + 1;
          expect(verdict).toBe(before.includes(number) ? "duplicate" : isNext ? "take" : "hold");
          if (verdict === "take") taken.set(stream, [...before, number]);
          received = streams.since(0);
        }
      }),
    );
  });

  it("are not changed by a turn that comes to nothing, however many they are", () => {
    const received = new InboundStreams(many(100)).since(0);
    for (let turn = 0; turn < 3; turn++) {
      const streams = new InboundStreams(received);
      expect(streams.judge(position("s5", 2))).toBe("take");
      expect(streams.judge(position("new", 1))).toBe("take");
      const after = streams.since(0);
      expect([received.length, after.length]).toEqual([100, 101]);
      expect(new InboundStreams(after).judge(position("s5", 2))).toBe("duplicate");
      expect(new InboundStreams(after).judge(position("new", 1))).toBe("duplicate");
    }
  });

  it("are forgotten in time; many of them somewhat later, all at once", () => {
    expect(new InboundStreams(many(10, 5)).since(6)).toEqual([]);
    const received = many(100, 5);
    expect(new InboundStreams(received).since(6, 3)).toHaveLength(100);
    expect(new InboundStreams(received).since(9, 3)).toEqual([]);
    const streams = new InboundStreams(received);
    expect(streams.judge(position("s7", 2, 20))).toBe("take");
    expect(streams.since(19, 3)).toEqual([{ stream: "s7", next: 3, sentAt: 20 }]);
  });
});

/** Streams of which one message was taken. */
function many(count: number, sentAt = 10): readonly ReceivedStream[] {
  return Array.from({ length: count }, (_, i) => ({ stream: `s${i}`, next: 2, sentAt }));
}
