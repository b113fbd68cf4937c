/**
 * Databases, object mappers, caches over the network, and queues.
 *
 * Invariant: a wildcard stands for a package whose purpose is I/O; what is pure in it (schemas, operators, query
 * fragments) is taken out by name.
 */
import type { ApiGroup } from "./api-group.ts";

export const DATABASE_APIS: readonly ApiGroup[] = [
  {
    hazard: "io",
    of: [
      "pg",
      "pg-promise",
      "pg-pool",
      "pg-native",
      "postgres",
      "slonik",
      "mysql",
      "mysql2",
      "promise-mysql",
      "mariadb",
      "mssql",
      "tedious",
      "tedious-connection-pool",
      "msnodesqlv8",
      "oracledb",
      "ibm_db",
      "odbc",
      "snowflake-sdk",
      "snowflake-promise",
      "@databricks/sql",
      "better-sqlite3",
      "sqlite3",
      "sql.js",
      "@libsql/client",
      "@planetscale/database",
      "@neondatabase/serverless",
      "@vercel/postgres",
      "@vercel/kv",
      "@vercel/blob",
      "@supabase/supabase-js",
      "@clickhouse/client",
      "cassandra-driver",
      "neo4j-driver",
      "gremlin",
      "arangojs",
      "couchbase",
      "nano",
      "pouchdb",
      "rethinkdb",
      "documentdb",
      "dynamoose",
      "faunadb",
      "@influxdata/influxdb-client",
      "@elastic/elasticsearch",
      "@opensearch-project/opensearch",
      "elasticsearch",
      "@qdrant/js-client-rest",
      "chromadb",
      "weaviate-client",
      "weaviate-ts-client",
      "level",
      "levelup",
      "leveldown",
      "lmdb",
      "nedb",
      "@seald-io/nedb",
      "lokijs",
      "redis",
      "ioredis",
      "@upstash/redis",
      "@redis/client",
      "redlock",
      "connect-redis",
      "memcached",
      "memjs",
      "keyv",
      "cacache",
      "etcd3",
      "consul",
      "node-vault",
      "@duckdb/node-api",
      "duckdb",
    ],
    names: "*",
    makes:
      ". createClient createPool createPoolCluster createCluster createConnectionPool from schema request input output " +
      "driver getSession session multi pipeline duplicate defaults namespace table getSchema getTable getCollection " +
      "bucket scope collection db prepare",
    opens: "connect createConnection getConnection open transaction begin beginTransaction acquire reserve",
  },
  // Vectors are kept in an index, which is a noun here.
  { hazard: "io", of: ["@pinecone-database/pinecone"], names: "*", makes: "index Index namespace" },
  // Column types, and functions that quote, say something about data; they do nothing.
  { hazard: "none", of: ["pg"], names: "types.* escapeIdentifier escapeLiteral" },
  { hazard: "none", of: ["mysql", "mysql2"], names: "escape escapeId format raw" },
  {
    hazard: "none",
    of: ["mssql", "tedious"],
    names:
      "TYPES.* Table.* NVarChar VarChar NChar Char Int BigInt SmallInt TinyInt Bit Decimal Numeric Float Real Money " +
      "DateTime DateTime2 DateTimeOffset Date Time UniqueIdentifier VarBinary Binary Text NText Xml MAX TVP.*",
  },
  { hazard: "none", of: ["pg-promise"], names: "as.* helpers.*" },
  { hazard: "none", of: ["neo4j-driver"], names: "int integer.* auth.* types.*" },
  { hazard: "none", of: ["gremlin"], names: "process.P.* process.t.*" },

  // MongoDB, whose classes of values are pure.
  {
    hazard: "io",
    of: ["mongodb", "monk", "mongoist", "mongodb-memory-server"],
    names: "*",
    makes: "db collection watch startSession admin",
    opens: "connect",
  },
  {
    hazard: "none",
    of: ["mongodb"],
    names:
      "ObjectId.* ObjectID.* UUID.* Long.* Decimal128.* Double.* Int32.* Binary.* Timestamp.* " +
      "BSON.* BSONRegExp.* MinKey.* MaxKey.* Code.* DBRef.*",
  },
  {
    hazard: "io",
    of: ["mongoose", "@typegoose/typegoose"],
    names: "*",
    makes: "model getModelForClass useDb discriminator",
    opens: "connect createConnection",
  },
  {
    hazard: "none",
    of: ["mongoose", "@typegoose/typegoose"],
    names:
      "Schema.* Types.* mongo.ObjectId.* SchemaTypes.* trusted sanitizeFilter set get plugin pluralize prop pre post index " +
      "modelOptions Document#toObject Document#toJSON Document#get Document#set",
  },

  // Object mappers and query builders. What a query is made of is pure, and so are the decorators.
  {
    hazard: "io",
    of: [
      "knex",
      "sequelize",
      "sequelize-typescript",
      "objection",
      "waterline",
      "bookshelf",
      "kysely",
      "@mikro-orm/core",
    ],
    names: "*",
    makes: ". knex define model fork withSchema bindKnex",
    opens: "transaction init MikroORM.init",
  },
  {
    hazard: "none",
    of: ["sequelize", "sequelize-typescript", "objection", "kysely", "@mikro-orm/core"],
    names:
      "DataTypes.* DataType.* Op.* Sequelize.fn Sequelize.col Sequelize.literal Sequelize.where Sequelize.and Sequelize.or " +
      "fn col literal where and or json cast raw ref val sql Table Column Entity PrimaryKey Property ManyToOne OneToMany " +
      "HasMany BelongsTo Model",
  },
  {
    hazard: "io",
    of: ["typeorm"],
    names: "*",
    makes:
      "getRepository getTreeRepository getMongoRepository getCustomRepository getManager getEntityManager getConnectionManager " +
      "getConnection createQueryBuilder createQueryRunner withRepository extend",
    opens: "createConnection createConnections connect initialize",
  },
  {
    hazard: "none",
    of: ["typeorm"],
    names:
      "In Like ILike Not Equal Between LessThan LessThanOrEqual MoreThan MoreThanOrEqual IsNull Any Raw ArrayContains ArrayContainedBy " +
      "ArrayOverlap And Or Entity Column PrimaryColumn PrimaryGeneratedColumn CreateDateColumn UpdateDateColumn DeleteDateColumn " +
      "ManyToOne OneToMany ManyToMany OneToOne JoinColumn JoinTable Index Unique Table.* TableColumn.* TableIndex.* EntitySchema.* Brackets.*",
  },
  { hazard: "io", of: ["@prisma/client"], names: "PrismaClient PrismaClient#*", makes: "$extends" },
  { hazard: "io", of: ["drizzle-orm"], names: "drizzle drizzle().*", makes: "drizzle" },
  {
    hazard: "io",
    of: ["drizzle-orm"],
    names: "NodePgDatabase#* PgDatabase#* MySql2Database#* BetterSQLite3Database#* LibSQLDatabase#*",
  },

  // Queues and brokers.
  {
    hazard: "io",
    of: [
      "amqplib",
      "amqp-connection-manager",
      "rhea",
      "rhea-promise",
      "bull",
      "bullmq",
      "bee-queue",
      "kue",
      "agenda",
      "pg-boss",
      "graphile-worker",
      "kafkajs",
      "node-rdkafka",
      "kafka-node",
      "nats",
      "stompit",
      "@stomp/stompjs",
      "zeromq",
      "nsqjs",
      "sqs-consumer",
      "sqs-producer",
    ],
    names: "*",
    makes: "producer consumer admin jetstream container",
    opens: "connect createChannel createConfirmChannel open_sender open_receiver",
  },
  { hazard: "none", of: ["nats"], names: "StringCodec.* JSONCodec.* StringCodec().* JSONCodec().* headers" },
  { hazard: "none", of: ["kafkajs"], names: "Partitioners.* CompressionTypes.* logLevel.*" },
];
