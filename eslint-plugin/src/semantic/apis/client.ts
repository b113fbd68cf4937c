/**
 * The clients of durable engines. From an orchestrator they act at once, and again at each replay.
 *
 * Invariant: what an orchestrator's own context offers is not here.
 */
import type { ApiGroup } from "./api-group.ts";

const SCHEDULE_CHILD = "Use the context: it schedules sub-orchestrations, signals entities and waits for events.";

export const CLIENT_APIS: readonly ApiGroup[] = [
  {
    hazard: "client",
    of: ["durable-functions"],
    names:
      "getClient getClient().* DurableClient DurableClient#* DurableOrchestrationClient DurableOrchestrationClient#* IDurableClient#*",
    instead: SCHEDULE_CHILD,
  },
  {
    hazard: "client",
    of: ["@microsoft/durabletask-js", "@microsoft/durabletask-js-azuremanaged", "@dapr/durabletask-js"],
    names:
      "TaskHubGrpcClient TaskHubGrpcClient#* TaskHubGrpcWorker TaskHubGrpcWorker#* DurableTaskAzureManagedClientBuilder " +
      "DurableTaskAzureManagedClientBuilder#build createAzureManagedClient createAzureManagedClient().* " +
      "DurableTaskAzureManagedClient DurableTaskAzureManagedClient#*",
    instead: SCHEDULE_CHILD,
  },
  {
    hazard: "client",
    of: ["dacapo"],
    names: "TaskHub TaskHub#* TaskHub.open TaskHub.open().* TaskHubClient TaskHubClient#*",
    instead: SCHEDULE_CHILD,
  },
  {
    hazard: "client",
    of: ["@dapr/dapr"],
    names:
      "DaprClient DaprClient#* DaprServer DaprServer#* DaprWorkflowClient DaprWorkflowClient#* WorkflowRuntime WorkflowRuntime#* " +
      "ActorProxyBuilder ActorProxyBuilder#*",
    instead: SCHEDULE_CHILD,
  },
  {
    hazard: "client",
    of: ["@temporalio/client"],
    names: "*",
    makes: "getHandle lazy",
    opens: "connect",
    instead: SCHEDULE_CHILD,
  },
  { hazard: "client", of: ["inngest"], names: "Inngest#send", instead: SCHEDULE_CHILD },
  {
    hazard: "client",
    of: ["@restatedev/restate-sdk-clients"],
    names: "*",
    makes: "connect serviceClient workflowClient objectClient",
    instead: SCHEDULE_CHILD,
  },
];
