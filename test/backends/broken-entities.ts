/**
 * Backends that break the contract of entities, each in one way that a real one could.
 */
import type { OrchestrationWorkItem } from "../../src/ports/backend.ts";
import type { EntityData } from "../../src/core/entity-data.ts";
import type { BrokenBackend } from "./broken-backends.ts";
import { broken } from "./broken-backends.ts";

export const brokenEntities: readonly BrokenBackend[] = [
  broken("knows no entity before somebody starts it", "G8", ({ good }) => ({
    sendMessage: ({ birth: _, ...message }) => good.sendMessage(message),
  })),
  broken("gives an entity another life with each message", "G3", ({ good }) => {
    const lives = new Map<string, string>();
    return {
      sendMessage: async (message) => {
        if (message.birth !== undefined) lives.set(message.instanceId, message.birth.incarnation);
        await good.sendMessage(message);
      },
      getInstance: async (instanceId) => {
        const record = await good.getInstance(instanceId);
        const incarnation = lives.get(instanceId);
        return record === undefined || incarnation === undefined ? record : { ...record, incarnation };
      },
    };
  }),
  broken("discards a turn's message to an entity that is not there", "G4", ({ good }) => ({
    completeOrchestration: (commit) =>
      good.completeOrchestration({ ...commit, messages: commit.messages.map(({ birth: _, ...message }) => message) }),
  })),
  broken("makes an entity again for a message that it had consumed", "G7", ({ good }) => {
    const sent = new Set<string>();
    return {
      sendMessage: async (message) => {
        const isForgotten = sent.has(message.messageId) && (await good.getInstance(message.instanceId)) === undefined;
        sent.add(message.messageId);
        await good.sendMessage(isForgotten ? { ...message, messageId: `${message.messageId}, anew` } : message);
      },
    };
  }),
  broken("keeps an entity's data of a turn that it refuses", "G2", ({ good }) => {
    const kept = new Map<string, EntityData>();
    return {
      completeOrchestration: (commit) => {
        if (commit.entity !== undefined) kept.set(commit.lock.key, commit.entity);
        return good.completeOrchestration(commit);
      },
      fetchOrchestrations: async (options) =>
        (await good.fetchOrchestrations(options)).map((item) => {
          const entity = kept.get(item.lock.key);
          return entity === undefined ? item : { ...item, entity };
        }),
    };
  }),
  broken("forgets what an entity has received and sent", "G3", ({ good }) => ({
    completeOrchestration: (commit) =>
      good.completeOrchestration(
        commit.entity === undefined ? commit : { ...commit, entity: { ...commit.entity, received: [], sent: [] } },
      ),
  })),
  broken("purges an entity whatever has become of it", "G3", ({ good }) => ({
    purgeInstance: async (request) => {
      const record = await good.getInstance(request.instanceId);
      if (request.ifRevision === undefined || record === undefined) return good.purgeInstance(request);
      return good.purgeInstance({ ...request, ifRevision: record.revision });
    },
  })),
  broken("lists entities among orchestrations", "G8", ({ good }) => ({
    listInstances: ({ kind: _, ...query }) => good.listInstances(query),
  })),
  broken("hands out an entity that has no message", "G9", ({ good }) => {
    const last = new Map<string, OrchestrationWorkItem>();
    return {
      fetchOrchestrations: async (options) => {
        const items = await good.fetchOrchestrations(options);
        for (const item of items) if (item.instance.kind === "entity") last.set(item.lock.key, item);
        return items.length > 0 ? items : [...last.values()].map((item) => ({ ...item, messages: [] }));
      },
    };
  }),
];
