/**
 * Takes the passwords out of the addresses in a text, whoever wrote it: an argument at the wrong place, or a driver's error.
 */

/** `scheme://user:password@`, and `password=` of a query. */
const PASSWORDS = [/([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):\S*@/gi, /([?&]password)=[^\s&"]*/gi] as const;

export function withoutPasswords(text: string): string {
  return text.replace(PASSWORDS[0], "$1@").replace(PASSWORDS[1], "$1=...");
}
