/**
 * Addresses of durable HTTP requests: which are usable, what a `Location` means, and whether two have one origin.
 *
 * Invariant: it never takes two addresses for one origin that the platform's `URL` takes for two, because credentials
 * go where it says. What the two might read differently (backslashes, spaces, user names, a host that is not plain
 * ASCII) is not usable. Sources: RFC 3986, sections 3 and 5.2; the WHATWG URL standard. Used by the HTTP calls alone.
 */

/** An address, taken apart. */
export interface HttpUrl {
  /** Scheme, host and port: in lower case, without a default port. */
  readonly origin: string;
  /** Begins with a slash. */
  readonly path: string;
  /** Empty, or begins with a question mark. */
  readonly query: string;
}

const ABSOLUTE =
  /^(?<scheme>https?):\/\/(?<host>[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?(?<path>\/[^?#]*)?(?<query>\?[^#]*)?(?:#.*)?$/iu;
const UNUSABLE = /[\s\p{Cc}\\]/u;
const WITH_SCHEME = /^[a-z][a-z0-9+.-]*:/iu;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const PORT_MAX = 65_535;

/** Reads an absolute http or https address; `undefined` when it is none, or not usable. */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  const parts = UNUSABLE.test(text) ? undefined : ABSOLUTE.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { host = "", path = "/", query = "" } = parts;
  const scheme = (parts["scheme"] ?? "").toLowerCase();
  const port = Number(parts["port"] ?? DEFAULT_PORTS[scheme]);
  if (port > PORT_MAX) return undefined;
  const suffix = port === DEFAULT_PORTS[scheme] ? "" : `:${port}`;
  return { origin: `${scheme}://${host.toLowerCase()}${suffix}`, path, query };
}

/** The address that `reference` names on a page at `base`; `undefined` when it is not usable. */
export function resolveHttpUrl(reference: string, base: HttpUrl): HttpUrl | undefined {
  if (WITH_SCHEME.test(reference)) return parseHttpUrl(reference);
  if (reference.startsWith("//")) return parseHttpUrl(`${base.origin.slice(0, base.origin.indexOf(":"))}:${reference}`);
  if (reference.startsWith("/")) return parseHttpUrl(base.origin + reference);
  if (reference.startsWith("?")) return parseHttpUrl(base.origin + base.path + reference);
  if (reference === "" || reference.startsWith("#")) return base;
  return parseHttpUrl(base.origin + folderOf(base.path) + reference);
}

/** The address as a text, without a fragment. */
export function hrefOf({ origin, path, query }: HttpUrl): string {
  return origin + path + query;
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/") + 1;
  // A last segment of dots is a folder, without a slash too.
  return /^(?:\.|%2e){1,2}$/iu.test(path.slice(end)) ? `${path}/` : path.slice(0, end);
}
