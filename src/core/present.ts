/**
 * Optional properties, which are left out where there is no value.
 */

/** `{ [key]: value }`, or nothing for `undefined`. */
export function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
