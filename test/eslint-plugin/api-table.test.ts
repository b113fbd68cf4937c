/** The API table: what its data must be, and what it answers for the uses that orchestrators are known to have. */
import { describe, expect, it } from "vitest";

import { ApiTable, type ApiUse } from "../../eslint-plugin/src/semantic/api-table.ts";
import { API_GROUPS, HAZARDS } from "../../eslint-plugin/src/semantic/apis.ts";
import type { Origin } from "../../eslint-plugin/src/semantic/origin.ts";

/**
 * Writes an origin as the analysis makes it: "uuid:v4", ":Date.now" for a global, "pg:" for a module itself. The result
 * of a call is ".()", an instance ".#".
 */
function origin(text: string): Origin {
  const at = text.lastIndexOf(":");
  const path = text.slice(at + 1);
  return { module: text.slice(0, at), path: path === "" ? [] : path.split("."), spelledOut: true };
}

const table = new ApiTable();

type Lookup = readonly [origin: string, argumentCount?: number];

/** Tells what the table answers: "clock Date.now()", or "-" for nothing. */
function answer([text, argumentCount]: Lookup, use: ApiUse, asked = table): string {
  const match = asked.lookup(origin(text), use, argumentCount);
  return match === undefined ? "-" : `${match.hazard} ${match.api}`;
}

describe("the data of the API table", () => {
  const entries = API_GROUPS.flatMap((group) =>
    group.of.flatMap((module) => group.names.split(" ").map((name) => ({ group, module, name }))),
  );

  it("names everything once for each use and number of arguments", () => {
    // A wildcard is the module's only one, whatever its use; the order of the groups would decide otherwise.
    const keys = entries.flatMap(({ group, module, name }) => {
      const { on = "use", atMost = "any number" } = group;
      const uses = name.endsWith("*") ? ["any use"] : on === "use" ? ["call", "new"] : [on];
      return uses.map((use) => `${module}:${name}, ${use}, ${atMost}`);
    });
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });

  it("has only names that its grammar gives a meaning", () => {
    const name = /^(?:[.#*]|\*#[\w$]+|(?:[\w$]+|\(\))(?:[.#][\w$]+|\(\)|#xlsx)*(?:\.\*|#\*)?)$/u;
    expect(entries.filter((entry) => !name.test(entry.name)).map((entry) => entry.name)).toEqual([]);
  });

  it("uses every hazard", () => {
    expect(HAZARDS.filter((hazard) => !API_GROUPS.some((group) => group.hazard === hazard))).toEqual([]);
  });

  it("names packages as they are imported, without the prefix of Node's modules", () => {
    const specifier = /^(?:$|@[\w.-]+\/(?:\*|[\w.-]+)|(?:bun:)?[\w.-]+(?:\/[\w.-]+)?)$/u;
    const modules = new Set(entries.map(({ module }) => module));
    expect([...modules].filter((module) => !specifier.test(module) || module.startsWith("node:"))).toEqual([]);
  });

  it("never names a package twice in one group", () => {
    expect(API_GROUPS.filter(({ of }) => new Set(of).size !== of.length)).toEqual([]);
  });

  it("counts arguments only of what can have some", () => {
    expect(API_GROUPS.filter(({ on, atMost }) => on === "read" && atMost !== undefined)).toEqual([]);
  });

  it("follows what a package makes only where a wildcard covers it", () => {
    const following = API_GROUPS.filter(({ makes, opens }) => makes !== undefined || opens !== undefined);
    const covers = ({ names }: { readonly names: string }) =>
      names.split(" ").some((name) => /[*#]$|\(\)|Format$/u.test(name));
    expect(following.filter((group) => !covers(group))).toEqual([]);
  });
});

describe("a call", () => {
  it.each<[string, string, Lookup]>([
    // The clock.
    ["Date as a function", "clock Date()", [":Date", 0]],
    ["Date as a function, which ignores its arguments", "clock Date()", [":Date", 2]],
    ["Date.now", "clock Date.now()", [":Date.now", 0]],
    ["Date.now, handed to a caller", "clock Date.now()", [":Date.now"]],
    ["performance.now", "clock performance.now()", [":performance.now", 0]],
    ["performance.now of perf_hooks", "clock performance.now()", ["perf_hooks:performance.now", 0]],
    ["process.hrtime.bigint", "clock process.hrtime.bigint()", [":process.hrtime.bigint", 0]],
    ["hrtime of the module process", "clock process.hrtime()", ["process:hrtime", 0]],
    ["Temporal.Now", "clock Temporal.Now.plainDateISO()", [":Temporal.Now.plainDateISO", 0]],
    ["moment()", "clock moment()", ["moment:", 0]],
    ["moment.utc()", "clock moment.utc()", ["moment:utc", 0]],
    ["moment(x).fromNow()", "clock moment().fromNow()", ["moment:().fromNow", 0]],
    [
      "fromNow of a typed Moment, after others",
      "clock moment.Moment.add().fromNow()",
      ["moment:Moment.#.add.().fromNow", 0],
    ],
    ["moment.tz(zone)", "clock moment-timezone.tz()", ["moment-timezone:tz", 1]],
    ["dayjs()", "clock dayjs()", ["dayjs:", 0]],
    ["luxon's DateTime.now", "clock luxon.DateTime.now()", ["luxon:DateTime.now", 0]],
    ["luxon's DateTime.local()", "clock luxon.DateTime.local()", ["luxon:DateTime.local", 0]],
    ["date-fns' hidden clock", "clock date-fns.isPast()", ["date-fns:isPast", 1]],
    ["date-fns from a subpath", "clock date-fns.isToday()", ["date-fns/isToday:", 1]],
    ["date-fns from a subpath of version 1", "clock date-fns.isToday()", ["date-fns/is_today:", 1]],
    ["date-fns from a subpath, by name", "clock date-fns.isToday()", ["date-fns/isToday:isToday", 1]],
    ["the default moment of a formatter", "clock Intl.DateTimeFormat.format()", [":Intl.DateTimeFormat.#.format", 0]],
    ["jsonwebtoken.sign", "clock jsonwebtoken.sign()", ["jsonwebtoken:sign", 2]],

    // Randomness.
    ["Math.random", "random Math.random()", [":Math.random", 0]],
    ["crypto.randomUUID, the global", "random crypto.randomUUID()", [":crypto.randomUUID", 0]],
    ["crypto.randomUUID, the module", "random crypto.randomUUID()", ["crypto:randomUUID", 0]],
    ["crypto.subtle.generateKey", "random crypto.subtle.generateKey()", [":crypto.subtle.generateKey", 3]],
    ["uuid.v4", "random uuid.v4()", ["uuid:v4", 0]],
    ["uuid/v4", "random uuid.v4()", ["uuid/v4:", 0]],
    ["uuid/v4.js", "random uuid.v4()", ["uuid/v4.js:", 0]],
    ["a generator made by nanoid", "random nanoid.customAlphabet()()", ["nanoid:customAlphabet.()", 0]],
    ["nanoid/non-secure", "random nanoid.nanoid()", ["nanoid/non-secure:nanoid", 0]],
    ["cuid()", "random cuid()", ["cuid:", 0]],
    ["createId of a scope", "random cuid2.createId()", ["@paralleldrive/cuid2:createId", 0]],
    ["faker, however deep", "random faker.faker.person.firstName()", ["@faker-js/faker:faker.person.firstName", 0]],
    ["lodash.shuffle", "random lodash.shuffle()", ["lodash:shuffle", 1]],
    ["lodash/random", "random lodash.random()", ["lodash/random:", 2]],
    ["lodash.now", "clock lodash.now()", ["lodash:now", 0]],
    ["seedrandom without a seed", "random seedrandom()", ["seedrandom:", 0]],
    ["ObjectId() without a value", "random bson.ObjectId()", ["bson:ObjectId", 0]],
    ["bcrypt.hash, which makes a salt", "random bcrypt.hash()", ["bcrypt:hash", 2]],

    // Timers, promises, the garbage collector.
    ["setTimeout", "timer setTimeout()", [":setTimeout", 2]],
    ["setTimeout of timers", "timer setTimeout()", ["timers:setTimeout", 2]],
    ["setTimeout of timers/promises", "timer setTimeout()", ["timers/promises:setTimeout", 1]],
    ["process.nextTick", "timer process.nextTick()", [":process.nextTick", 1]],
    ["AbortSignal.timeout", "timer AbortSignal.timeout()", [":AbortSignal.timeout", 1]],
    ["the package delay", "timer delay()", ["delay:", 1]],
    ["lodash.debounce", "timer lodash.debounce()", ["lodash:debounce", 2]],
    ["a debounced function", "timer lodash.debounce()()", ["lodash:debounce.()", 0]],
    ["cron.schedule", "timer node-cron.schedule()", ["node-cron:schedule", 2]],
    ["Promise.race", "promise Promise.race()", [":Promise.race", 1]],
    ["Promise.all", "promise Promise.all()", [":Promise.all", 1]],
    ["a limit of p-limit", "promise p-limit()()", ["p-limit:()", 1]],
    ["rxjs' firstValueFrom", "promise rxjs.firstValueFrom()", ["rxjs:firstValueFrom", 1]],
    ["Atomics", "gc Atomics.wait()", [":Atomics.wait", 3]],
    ["the target of a WeakRef", "gc WeakRef.deref()", [":WeakRef.#.deref", 0]],

    // I/O.
    ["fetch", "io fetch()", [":fetch", 1]],
    ["fs.readFileSync", "io fs.readFileSync()", ["fs:readFileSync", 2]],
    ["fs.promises.readFile", "io fs.promises.readFile()", ["fs:promises.readFile", 1]],
    ["fs/promises", "io fs.readFile()", ["fs/promises:readFile", 1]],
    ["child_process.exec", "io child_process.exec()", ["child_process:exec", 1]],
    ["process.stdout.write", "io process.stdout.write()", [":process.stdout.write", 1]],
    ["axios itself", "io axios()", ["axios:", 1]],
    ["axios.get", "io axios.get()", ["axios:get", 1]],
    ["an instance of axios", "io axios.create().get()", ["axios:create.().get", 1]],
    ["a typed instance of axios", "io axios.AxiosInstance.post()", ["axios:AxiosInstance.#.post", 2]],
    ["request-promise", "io request-promise()", ["request-promise:", 1]],
    ["a query of a pool", "io pg.Pool.query()", ["pg:Pool.#.query", 1]],
    ["a query of a connection of a pool", "io pg.Pool.connect().query()", ["pg:Pool.#.connect.().query", 1]],
    ["mysql2/promise", "io mysql2.createConnection()", ["mysql2/promise:createConnection", 1]],
    ["knex()(table)", "io knex()()", ["knex:()", 1]],
    ["a connection of knex, typed", "io knex.Knex()", ["knex:Knex.#", 1]],
    ["mssql.query", "io mssql.query()", ["mssql:query", 1]],
    ["a request of a pool of mssql", "io mssql.connect().request().query()", ["mssql:connect.().request.().query", 1]],
    ["a model of mongoose", "io mongoose.model().find()", ["mongoose:model.().find", 1]],
    ["a document made by a model", "io mongoose.model().create()", ["mongoose:model.().create", 1]],
    [
      "a collection of mongodb",
      "io mongodb.MongoClient.db().collection().find()",
      ["mongodb:MongoClient.#.db.().collection.().find", 1],
    ],
    ["prisma", "io client.PrismaClient.user.findMany()", ["@prisma/client:PrismaClient.#.user.findMany", 0]],
    [
      "a blob of Azure",
      "io storage-blob.BlobServiceClient.fromConnectionString().getContainerClient().upload()",
      ["@azure/storage-blob:BlobServiceClient.fromConnectionString.().getContainerClient.().upload", 2],
    ],
    [
      "items of Cosmos",
      "io cosmos.CosmosClient.database().container().items.query()",
      ["@azure/cosmos:CosmosClient.#.database.().container.().items.query", 1],
    ],
    [
      "replacing an item of Cosmos",
      "io cosmos.Container.item().replace()",
      ["@azure/cosmos:Container.#.item.().replace", 1],
    ],
    [
      "azure-storage",
      "io azure-storage.createBlobService().getBlobToText()",
      ["azure-storage:createBlobService.().getBlobToText", 3],
    ],
    ["a client of the AWS", "io client-s3.S3Client.send()", ["@aws-sdk/client-s3:S3Client.#.send", 1]],
    ["a message of twilio", "io twilio().messages.create()", ["twilio:().messages.create", 1]],
    ["a mail of SendGrid", "io mail.send()", ["@sendgrid/mail:send", 1]],
    [
      "a mail of nodemailer",
      "io nodemailer.createTransport().sendMail()",
      ["nodemailer:createTransport.().sendMail", 1],
    ],
    ["a completion", "io openai.OpenAI.chat.completions.create()", ["openai:OpenAI.#.chat.completions.create", 1]],
    ["a subpath of a package", "io firebase-admin.getFirestore()", ["firebase-admin/firestore:getFirestore", 0]],
    ["drizzle", "io drizzle-orm.drizzle().select()", ["drizzle-orm/node-postgres:drizzle.().select", 0]],

    // The rest.
    ["the package config", "environment config.get()", ["config:get", 1]],
    ["dotenv.config", "environment dotenv.config()", ["dotenv:config", 0]],
    ["os.hostname", "host os.hostname()", ["os:hostname", 0]],
    ["process.cwd", "host process.cwd()", [":process.cwd", 0]],
    ["cwd of the module process", "host process.cwd()", ["process:cwd", 0]],
    ["the hour in the zone of the host", "host Date.getHours()", [":Date.#.getHours", 0]],
    ["the language of the host, of a number", "host Number.toLocaleString()", [":Number.#.toLocaleString", 0]],
    ["the language of the host, of something", "host toLocaleDateString()", [":*.#.toLocaleDateString", 0]],
    ["localeCompare without a language", "host String.localeCompare()", [":String.#.localeCompare", 1]],
    [
      "the zone of a formatter",
      "host Intl.DateTimeFormat().resolvedOptions()",
      [":Intl.DateTimeFormat.().resolvedOptions", 0],
    ],
    ["console.log", "log console.log()", [":console.log", 1]],
    ["log of the module console", "log console.log()", ["console:log", 1]],
    ["a logger of winston", "log winston.createLogger().info()", ["winston:createLogger.().info", 1]],
    ["a child of pino", "log pino().child().info()", ["pino:().child.().info", 1]],
    ["debug", "log debug()()", ["debug:()", 1]],
    [
      "telemetry",
      "log applicationinsights.defaultClient.trackEvent()",
      ["applicationinsights:defaultClient.trackEvent", 1],
    ],
    ["a memoised function", "state lodash.memoize()()", ["lodash:memoize.()", 1]],
    ["a cache", "state lru-cache.LRUCache.get()", ["lru-cache:LRUCache.#.get", 1]],
    [
      "the store of AsyncLocalStorage",
      "state async_hooks.AsyncLocalStorage.getStore()",
      ["async_hooks:AsyncLocalStorage.#.getStore", 0],
    ],
    ["the client of durable-functions", "client durable-functions.getClient()", ["durable-functions:getClient", 1]],
    [
      "what it starts",
      "client durable-functions.getClient().startNew()",
      ["durable-functions:getClient.().startNew", 1],
    ],
    [
      "a client by its type",
      "client durabletask-js.TaskHubGrpcClient.raiseOrchestrationEvent()",
      ["@microsoft/durabletask-js:TaskHubGrpcClient.#.raiseOrchestrationEvent", 3],
    ],
    ["our own hub", "client dacapo.TaskHub.start()", ["dacapo:TaskHub.#.start", 0]],
  ])("of %s is %s", (_name, expected, asked) => {
    expect(answer(asked, "call")).toBe(expected);
  });

  it.each<[string, Lookup]>([
    ["Date.UTC", [":Date.UTC", 3]],
    ["Date.parse", [":Date.parse", 1]],
    ["Math.max", [":Math.max", 2]],
    ["Promise.resolve", [":Promise.resolve", 1]],
    ["an unknown global", [":frobnicate", 0]],
    ["an unknown package", ["frobnicate:go", 0]],
    ["clearTimeout", [":clearTimeout", 1]],
    ["moment(x)", ["moment:", 1]],
    ["moment.utc(x)", ["moment:utc", 1]],
    ["moment, handed to a caller", ["moment:"]],
    ["moment.duration", ["moment:duration", 2]],
    ["moment(x).utc()", ["moment:().utc", 0]],
    ["moment(x).isBefore(y)", ["moment:().isBefore", 1]],
    ["moment.tz(x, zone)", ["moment-timezone:tz", 2]],
    ["dayjs(x)", ["dayjs:", 1]],
    ["dayjs.extend", ["dayjs:extend", 1]],
    ["a plugin of dayjs, without arguments", ["dayjs/plugin/utc:", 0]],
    ["luxon's DateTime.fromJSDate", ["luxon:DateTime.fromJSDate", 1]],
    ["date-fns' addSeconds", ["date-fns:addSeconds", 2]],
    ["date-fns' differenceInDays of two", ["date-fns:differenceInDays", 2]],
    ["the curried differenceInDays", ["date-fns/fp:differenceInDays", 1]],
    ["formatting a given moment", [":Intl.DateTimeFormat.#.format", 1]],
    ["uuid.v5", ["uuid:v5", 2]],
    ["uuid/v3", ["uuid/v3:", 2]],
    ["uuid.validate", ["uuid:validate", 1]],
    ["crypto.createHash", ["crypto:createHash", 1]],
    ["crypto.createHmac, and on", ["crypto:createHmac.().update.().digest", 1]],
    ["crypto.timingSafeEqual", [":crypto.timingSafeEqual", 2]],
    ["seedrandom(seed)", ["seedrandom:", 1]],
    ["a generator with a seed", ["seedrandom:()", 0]],
    ["mongoose.Types.ObjectId(x)", ["mongoose:Types.ObjectId", 1]],
    ["mongoose.Types.ObjectId.isValid", ["mongoose:Types.ObjectId.isValid", 1]],
    ["mongoose.isValidObjectId", ["mongoose:isValidObjectId", 1]],
    ["cuid.isCuid", ["cuid:isCuid", 1]],
    ["lodash.map", ["lodash:map", 2]],
    ["lodash/get", ["lodash/get:", 2]],
    ["axios.isAxiosError", ["axios:isAxiosError", 1]],
    ["what axios gives, mapped", ["axios:get.().data.map", 1]],
    ["what axios gives, by a name that clients have as well", ["axios:get.().data.get", 1]],
    ["then of what axios gives", ["axios:get.().then", 1]],
    ["axios.get, bound", ["axios:get.bind", 1]],
    ["a header of an answer", ["axios:AxiosHeaders.#.get", 1]],
    ["json of what fetch gives", [":fetch.().json", 0]],
    ["the rows of a query", ["pg:Pool.#.query.().rows.map", 1]],
    ["the rest of a query of knex", ["knex:().().where", 1]],
    ["a container on the way to its items", ["@azure/cosmos:CosmosClient.#.database.().container", 1]],
    ["an operator of typeorm", ["typeorm:MoreThan", 1]],
    ["an operator of sequelize", ["sequelize:Sequelize.literal", 1]],
    ["a permission of Azure", ["@azure/storage-blob:BlobSASPermissions.parse", 1]],
    ["a query of azure-storage", ["azure-storage:TableQuery.#.where", 2]],
    ["@azure/functions", ["@azure/functions:app.http", 2]],
    ["net.isIP", ["net:isIP", 1]],
    ["path.join", ["path:join", 2]],
    ["url.parse", ["url:parse", 1]],
    ["querystring.stringify", ["querystring:stringify", 1]],
    ["util.inspect", ["util:inspect", 1]],
    ["assert", ["assert:", 1]],
    ["assert/strict", ["assert/strict:equal", 2]],
    ["Buffer.from", ["buffer:Buffer.from", 1]],
    ["an emitter's emit", ["events:EventEmitter.#.emit", 1]],
    ["zod", ["zod:z.object.().parse", 1]],
    ["dotenv.parse", ["dotenv:parse", 1]],
    ["the hour in UTC", [":Date.#.getUTCHours", 0]],
    ["the minutes, which most zones share", [":Date.#.getMinutes", 0]],
    ["toLocaleString with a language", [":Date.#.toLocaleString", 1]],
    ["localeCompare with a language", [":String.#.localeCompare", 2]],
    ["a global function that has the name of a method", [":localeCompare", 1]],
    ["a static member that has the name of a method", [":Foo.toLocaleString", 0]],
    ["format of winston", ["winston:format.json", 0]],
    ["orchestration of durable-functions", ["durable-functions:app.orchestration", 2]],
    ["activity of dacapo", ["dacapo:activity", 2]],
    ["whenAll of durabletask-js", ["@microsoft/durabletask-js:whenAll", 1]],
    ["a member that is only read", [":process.env", 0]],
    ["a string of the environment", [":process.env.NAMES.split", 1]],
    ["a name of Object.prototype", [":toString", 0]],
    ["a module with a name of Object.prototype", ["constructor:constructor", 0]],
  ])("of %s is none", (_name, asked) => {
    expect(answer(asked, "call")).toBe("-");
  });
});

describe("new", () => {
  it.each<[string, string, Lookup]>([
    ["Date()", "clock new Date()", [":Date", 0]],
    ["Promise", "promise new Promise()", [":Promise", 1]],
    ["WeakRef", "gc new WeakRef()", [":WeakRef", 1]],
    ["SharedArrayBuffer", "gc new SharedArrayBuffer()", [":SharedArrayBuffer", 1]],
    ["MessageChannel", "timer new MessageChannel()", [":MessageChannel", 0]],
    ["WebSocket", "io new WebSocket()", [":WebSocket", 1]],
    ["ObjectId()", "random new mongodb.ObjectId()", ["mongodb:ObjectId", 0]],
    ["mongoose.Types.ObjectId()", "random new mongoose.Types.ObjectId()", ["mongoose:Types.ObjectId", 0]],
    ["a client", "io new pg.Client()", ["pg:Client", 1]],
    ["a client of Azure", "io new cosmos.CosmosClient()", ["@azure/cosmos:CosmosClient", 1]],
    ["a worker", "io new worker_threads.Worker()", ["worker_threads:Worker", 1]],
    ["our own hub", "client new dacapo.TaskHub()", ["dacapo:TaskHub", 1]],
    ["a formatter in the language of the host", "host new Intl.NumberFormat()", [":Intl.NumberFormat", 0]],
  ])("%s is %s", (_name, expected, asked) => {
    expect(answer(asked, "new")).toBe(expected);
  });

  it.each<[string, Lookup]>([
    ["Date(x)", [":Date", 1]],
    ["Date(...x)", [":Date"]],
    ["ObjectId(x)", ["mongodb:ObjectId", 1]],
    ["mongoose.Types.ObjectId(x)", ["mongoose:Types.ObjectId", 1]],
    ["mongoose.Schema", ["mongoose:Schema", 1]],
    ["an error", ["axios:AxiosError", 1]],
    ["an error of a cloud", ["@azure/storage-blob:RestError", 1]],
    ["a command", ["@aws-sdk/client-s3:GetObjectCommand", 1]],
    ["an emitter", ["events:EventEmitter", 0]],
    ["a map", [":Map", 0]],
    ["a cache, which is empty", ["lru-cache:LRUCache", 1]],
    ["a formatter that names its language", [":Intl.NumberFormat", 1]],
    ["Date.now", [":Date.now", 0]],
  ])("%s is none", (_name, asked) => {
    expect(answer(asked, "new")).toBe("-");
  });
});

describe("reading", () => {
  it.each<[string, string, Lookup]>([
    ["process.env", "environment process.env", [":process.env"]],
    ["a variable of it", "environment process.env", [":process.env.HOME"]],
    ["env of the module process", "environment process.env", ["process:env.HOME"]],
    ["import.meta.env", "environment import.meta.env", [":import.meta.env.MODE"]],
    ["process.pid", "host process.pid", [":process.pid"]],
    ["process.versions.node", "host process.versions", [":process.versions.node"]],
    ["os.EOL", "host os.EOL", ["os:EOL"]],
    ["navigator.language", "host navigator", [":navigator.language"]],
    ["require.main", "host require.main", [":require.main"]],
    ["threadId", "host worker_threads.threadId", ["worker_threads:threadId"]],
  ])("%s is %s", (_name, expected, asked) => {
    expect(answer(asked, "read")).toBe(expected);
  });

  it.each<[string, Lookup]>([
    ["a function is none", [":Date.now"]],
    ["a client's method is none", ["axios:get"]],
    ["fs.constants is none", ["fs:constants.O_RDONLY"]],
    ["the result of a call on a variable is none", [":process.env.HOME.split.().length"]],
    ["os.constants is none", ["os:constants"]],
  ])("%s", (_name, asked) => {
    expect(answer(asked, "read")).toBe("-");
  });
});

describe("a match", () => {
  it("says what to do instead, where that is not what the rule says", () => {
    expect(table.lookup(origin("p-retry:"), "call", 1)?.instead).toBe("Give the call a retry policy instead.");
    expect(table.lookup(origin(":Date.now"), "call", 0)).toEqual({ hazard: "clock", api: "Date.now()" });
  });

  it("says when the use makes what the hazard is then done with", () => {
    expect(table.lookup(origin("axios:create"), "call", 1)?.makes).toBe(true);
    expect(table.lookup(origin("pg:Pool.#.connect"), "call", 0)?.makes).toBe(true);
    expect(table.lookup(origin("pg:Pool"), "new", 1)?.makes).toBe(true);
    expect(table.lookup(origin(":Intl.DateTimeFormat"), "call", 0)?.makes).toBe(true);
    expect(table.lookup(origin("axios:create.().get"), "call", 1)?.makes).toBeUndefined();
  });
});

describe("what the settings declare", () => {
  const declaring = (decls: Readonly<Record<string, string>>) => new ApiTable(decls);

  it("may take a name out of the table, in each spelling", () => {
    for (const key of ["uuid:v4", "uuid.v4", "uuid", "uuid:*", "uuid.*"]) {
      expect(answer(["uuid:v4", 0], "call", declaring({ [key]: "deterministic" })), key).toBe("-");
    }
    expect(answer([":process.env.TZ"], "read", declaring({ "process.env": "deterministic" }))).toBe("-");
    expect(answer(["process:env.TZ"], "read", declaring({ "process.env": "deterministic" }))).toBe("-");
    expect(answer([":process.env.HOME"], "read", declaring({ "process.env.TZ": "deterministic" }))).not.toBe("-");
  });

  it("may add a name of a package, of a scope, of a global", () => {
    const asked = declaring({
      "@scope/pkg:member": "nondeterministic",
      "Foo.bar": "io",
      "@firm/*": "io",
      "far:Client#ask": "clock",
    });
    expect(answer(["@scope/pkg:member", 0], "call", asked)).toBe("nondeterministic pkg.member()");
    expect(answer(["@scope/pkg:other", 0], "call", asked)).toBe("-");
    expect(answer([":Foo.bar", 0], "call", asked)).toBe("io Foo.bar()");
    expect(answer(["foo:Foo.bar", 0], "call", asked)).toBe("-");
    expect(answer(["@firm/any:thing", 0], "call", asked)).toBe("io any.thing()");
    expect(answer(["far:Client.#.ask", 0], "call", asked)).toBe("clock far.Client.ask()");
  });

  it("lets the longest name win", () => {
    const asked = declaring({ "fast-thing": "deterministic", "fast-thing:roll": "random" });
    expect(answer(["fast-thing:roll", 0], "call", asked)).toBe("random fast-thing.roll()");
    expect(answer(["fast-thing:walk", 0], "call", asked)).toBe("-");
  });

  it("says nothing of the result of a call", () => {
    expect(answer(["lib:make.().use", 0], "call", declaring({ "lib:make": "io" }))).toBe("-");
  });

  it("does not make a reference of a function", () => {
    expect(answer([":Foo.bar"], "read", declaring({ "Foo.bar": "io" }))).toBe("-");
    expect(answer([":Foo.region"], "read", declaring({ "Foo.region": "environment" }))).toBe("environment Foo.region");
  });

  it("ignores a value that is no declaration", () => {
    expect(answer([":Math.random", 0], "call", declaring({ "Math.random": "fine" }))).toBe("random Math.random()");
  });
});

describe("what the table knows", () => {
  it("is every hazard and what is deterministic", () => {
    expect(table.knows(origin(":Date.now"), "call", 0)).toBe(true);
    expect(table.knows(origin("zod:z.string"), "call", 0)).toBe(true);
    expect(table.knows(origin(":JSON.parse"), "call", 1)).toBe(true);
    expect(table.knows(origin("frobnicate:go"), "call", 0)).toBe(false);
    expect(new ApiTable({ frobnicate: "deterministic" }).knows(origin("frobnicate:go"), "call", 0)).toBe(true);
  });
});
