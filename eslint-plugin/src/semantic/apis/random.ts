/**
 * What draws random numbers, makes identifiers, or shuffles.
 *
 * Invariant: generators with a seed are not here, nor names that are computed from what they name (uuid v3 and v5).
 */
import type { ApiGroup } from "./api-group.ts";

/** Packages that are one function, or several, of which each makes a new identifier. */
const ID_PACKAGES = [
  "cuid",
  "hyperid",
  "shortid",
  "uniqid",
  "uuid-random",
  "react-uuid",
  "uuidv7",
  "xid-js",
  "xid",
  "puid",
  "crypto-random-string",
  "generate-password",
  "password-generator",
  "randombytes",
  "randomstring",
  "random-int",
  "random-float",
  "random-number-csprng",
  "random-bytes",
  "random-string",
  "random-words",
  "unique-string",
  "unique-random",
  "human-id",
  "unique-names-generator",
  "array-shuffle",
  "shuffle-array",
  "fast-shuffle",
  "casual",
  "faker",
  "@faker-js/faker",
  "@ngneat/falso",
];

export const RANDOM_APIS: readonly ApiGroup[] = [
  { hazard: "random", of: [""], names: "Math.random" },
  {
    hazard: "random",
    of: ["crypto"],
    names:
      "randomUUID randomUUIDv7 randomBytes randomInt randomFill randomFillSync pseudoRandomBytes prng rng " +
      "getRandomValues webcrypto.getRandomValues webcrypto.randomUUID",
  },
  {
    hazard: "random",
    of: ["crypto"],
    names:
      "generateKey generateKeySync generateKeyPair generateKeyPairSync generatePrime generatePrimeSync " +
      "subtle.generateKey webcrypto.subtle.generateKey createECDH().generateKeys createDiffieHellman().generateKeys",
    instead: "Make keys in an activity.",
  },

  // Identifiers.
  {
    hazard: "random",
    of: ["uuid", "node-uuid", "uuidv4", "short-uuid", "uuidjs", "@lukeed/uuid"],
    names: ". v1 v4 v6 v7 uuid generate new create UUID.generate UUID.genV4",
  },
  { hazard: "random", of: ["guid-typescript"], names: "Guid.create Guid.raw" },
  { hazard: "random", of: ["nanoid", "nanoid-esm"], names: ". nanoid customAlphabet() random" },
  { hazard: "random", of: ["ulid", "ulidx"], names: "ulid monotonicFactory() detectPrng" },
  { hazard: "random", of: ["@paralleldrive/cuid2"], names: "createId init()" },
  { hazard: "random", of: ["ksuid"], names: "random randomSync" },
  { hazard: "random", of: ["typeid-js"], names: "typeid" },
  {
    hazard: "random",
    of: ["@azure/core-util", "@azure/ms-rest-js", "@azure/core-http"],
    names: "randomUUID generateUuid",
  },
  { hazard: "random", of: ["bson", "mongodb", "bson-objectid"], names: ". ObjectId ObjectID UUID", atMost: 0 },
  {
    hazard: "random",
    of: ["bson", "mongodb", "bson-objectid"],
    names: "ObjectId.generate ObjectID.generate UUID.generate",
  },
  { hazard: "random", of: ["mongoose"], names: "Types.ObjectId mongo.ObjectId Types.ObjectId.generate", atMost: 0 },
  { hazard: "random", of: ["snowflake-id", "@sapphire/snowflake", "flake-idgen"], names: "*#generate *#next" },
  { hazard: "random", of: ID_PACKAGES, names: "*", makes: "." },
  { hazard: "none", of: ["shortid", "uuidv7", "cuid", "faker", "@faker-js/faker"], names: "isValid isCuid UUID.parse" },

  // Generators of random numbers, which repeat themselves only when they are given a seed.
  { hazard: "random", of: ["seedrandom", "random-seed"], names: ". create", atMost: 0 },
  { hazard: "random", of: ["seed-random", "alea", "prando", "mersenne-twister"], names: ". Alea alea", atMost: 0 },
  { hazard: "random", of: ["chance"], names: ". Chance", atMost: 0 },
  { hazard: "random", of: ["random-js"], names: "Random", on: "new", atMost: 0 },
  {
    hazard: "random",
    of: ["random-js"],
    names: "MersenneTwister19937.autoSeed createEntropy nativeMath.next nodeCrypto.next browserCrypto.next",
  },
  { hazard: "random", of: ["pure-rand"], names: "randomSeed" },
  { hazard: "random", of: ["random"], names: "*" },
  { hazard: "none", of: ["random"], names: "RNG Random clone", on: "new" },
  {
    hazard: "random",
    of: ["d3-random", "d3"],
    names:
      "randomUniform() randomInt() randomNormal() randomLogNormal() randomBates() randomIrwinHall() " +
      "randomExponential() randomPareto() randomBernoulli() randomGeometric() randomPoisson() shuffle",
  },
  { hazard: "random", of: ["mathjs"], names: "random randomInt pickRandom" },

  // Functions of collections.
  {
    hazard: "random",
    of: ["lodash", "lodash-es", "underscore", "es-toolkit", "radash", "remeda", "rambda", "moderndash", "radashi"],
    names: "random randomInt randomInteger randomString sample sampleSize shuffle uniqueId draw uid",
  },
  {
    hazard: "random",
    of: ["lodash.random", "lodash.sample", "lodash.samplesize", "lodash.shuffle", "lodash.uniqueid"],
    names: ".",
  },
  { hazard: "clock", of: ["lodash", "lodash-es", "underscore"], names: "now" },
  { hazard: "clock", of: ["lodash.now"], names: "." },

  // A salt or a nonce is random.
  {
    hazard: "random",
    of: ["bcrypt", "bcryptjs", "@node-rs/bcrypt", "argon2", "@node-rs/argon2"],
    names: "genSalt genSaltSync hash hashSync",
    instead: "Hash passwords in an activity.",
  },
  { hazard: "random", of: ["crypto-js"], names: "lib.WordArray.random" },
  {
    hazard: "random",
    of: ["tweetnacl"],
    names: "randomBytes box.keyPair sign.keyPair",
    instead: "Make keys in an activity.",
  },
  {
    hazard: "random",
    of: ["jose"],
    names: "generateKeyPair generateSecret EncryptJWT#encrypt CompactEncrypt#encrypt",
    instead: "Make keys in an activity.",
  },
];
