/**
 * The clients of Azure, AWS, Google Cloud and other clouds.
 *
 * Invariant: the scope of a cloud does I/O as a whole; what is pure in it (models, errors, policies) is taken out by
 * name. Commands of AWS are pure too: `api-table.ts` knows them by the end of their name.
 */
import type { ApiGroup } from "./api-group.ts";

export const CLOUD_APIS: readonly ApiGroup[] = [
  {
    hazard: "io",
    of: ["@azure/*", "azure-sb", "azure-iothub", "azure-iot-device", "azure-devops-node-api", "azure-arm-resource"],
    names: "*",
    makes:
      "getContainerClient getBlobClient getBlockBlobClient getAppendBlobClient getPageBlobClient getBlobBatchClient " +
      "getBlobLeaseClient getQueueClient getShareClient getDirectoryClient getFileClient getFileSystemClient " +
      "getDataLakeLeaseClient getRootDirectoryClient getSearchClient getIndexClient getKeyClient getSecretClient " +
      "getCryptographyClient getChatThreadClient getCallConnection getCallMedia getCallRecording " +
      "fromConnectionString fromEndpoint database container databases containers item items scripts storedProcedure trigger " +
      "userDefinedFunction conflict permission offer createSender createReceiver createRuleManager path pathUnchecked " +
      "createClient createHubClient getTokenProvider",
    opens: "acceptSession acceptNextSession",
  },
  // The version before @azure: every service is a member of what these make.
  {
    hazard: "io",
    of: ["azure-storage", "azure-graph", "azure-keyvault", "ms-rest-azure", "adal-node", "@azure/msal-node"],
    names: "*",
    makes:
      "createBlobService createQueueService createTableService createFileService createBlobServiceWithSas " +
      "createTableServiceWithSas createQueueServiceWithSas createServiceBusService withFilter",
  },
  {
    hazard: "none",
    of: ["azure-storage"],
    names:
      "TableQuery.* TableUtilities.* TableBatch.* date.* generateAccountSharedAccessSignature " +
      "ExponentialRetryPolicyFilter LinearRetryPolicyFilter StorageUtilities.* AccessCondition.* QueueMessageEncoder.*",
  },
  // Parts of Azure's libraries that touch nothing.
  {
    hazard: "none",
    of: [
      "@azure/functions",
      "@azure/abort-controller",
      "@azure/core-auth",
      "@azure/core-paging",
      "@azure/core-tracing",
      "@azure/core-util",
      "@azure/core-xml",
    ],
    names: "*",
  },
  {
    hazard: "none",
    of: ["@azure/storage-blob", "@azure/storage-queue", "@azure/storage-file-share", "@azure/storage-file-datalake"],
    names:
      "StorageSharedKeyCredential AnonymousCredential newPipeline generateBlobSASQueryParameters " +
      "generateAccountSASQueryParameters generateQueueSASQueryParameters BlobSASPermissions.* " +
      "ContainerSASPermissions.* AccountSASPermissions.* AccountSASServices.* SASQueryParameters#*",
  },
  {
    hazard: "none",
    of: ["@azure/data-tables"],
    names: "odata AzureNamedKeyCredential AzureSASCredential TableTransaction.*",
  },
  { hazard: "none", of: ["@azure/cosmos"], names: "PartitionKeyBuilder.* Constants.* ConsistencyLevel.*" },
  {
    hazard: "none",
    of: ["@azure/service-bus"],
    names: "ServiceBusMessageBatch#tryAddMessage parseServiceBusConnectionString",
  },
  { hazard: "none", of: ["@azure/event-hubs"], names: "EventDataBatch#tryAdd parseEventHubConnectionString" },
  { hazard: "none", of: ["@azure/search-documents", "@azure/ai-form-recognizer"], names: "AzureKeyCredential odata" },
  {
    hazard: "io",
    of: [
      "@microsoft/microsoft-graph-client",
      "@pnp/sp",
      "@pnp/graph",
      "@pnp/nodejs",
      "@pnp/sp-commonjs",
      "dynamics-web-api",
    ],
    names: "*",
    makes: "init initWithMiddleware api spfi graphfi using setup",
  },

  {
    hazard: "io",
    of: ["@aws-sdk/*", "@smithy/*", "aws-sdk", "@aws-lambda-powertools/parameters", "aws-amplify", "@aws-amplify/*"],
    names: "*",
    makes: "from",
  },
  { hazard: "none", of: ["@aws-sdk/util-dynamodb", "@aws-sdk/types", "@smithy/types"], names: "*" },
  { hazard: "none", of: ["aws-sdk"], names: "config.* DynamoDB.Converter.*" },

  {
    hazard: "io",
    of: [
      "@google-cloud/*",
      "google-auth-library",
      "google-gax",
      "@firebase/*",
      "firebase",
      "firebase-admin",
      "@react-native-firebase/*",
    ],
    names: "*",
    makes:
      "bucket file topic subscription dataset table instance database collection collectionGroup doc batch createQuery " +
      "where orderBy limit queue key firestore auth messaging storage ref child getFirestore getAuth getStorage " +
      "getMessaging getDatabase initializeApp getApp app log",
  },
  {
    hazard: "none",
    of: ["@google-cloud/firestore", "firebase-admin", "firebase"],
    names: "FieldValue.* FieldPath.* GeoPoint.* Timestamp.fromDate Timestamp.fromMillis credential.cert",
  },

  {
    hazard: "io",
    of: [
      "ibm-cos-sdk",
      "minio",
      "cloudinary",
      "imagekit",
      "aliyun-sdk",
      "ali-oss",
      "cos-nodejs-sdk-v5",
      "dropbox",
      "box-node-sdk",
      "backblaze-b2",
    ],
    names: "*",
  },
  {
    hazard: "io",
    of: ["@kubernetes/client-node", "dockerode", "docker-modem"],
    names: "*",
    makes: "makeApiClient getContainer getImage getVolume getNetwork",
  },
];
