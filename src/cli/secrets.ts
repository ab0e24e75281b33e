/** What must not be seen by whoever looks over somebody's shoulder, or reads a log. Pure. */
import type { Variable } from '../control/backend.ts';

/** THE list of what makes a name that of a secret; the reference is held against it. */
export const SECRET_NAMES = {
  'PASS, PASSWD, PWD, PASSWORD, PASSPHRASE': /PASS|_PWD$|^PWD_/,
  SECRET: /SECRET/,
  TOKEN: /TOKEN/,
  'KEY, KEYS, APIKEY': /(^|_)KEYS?($|_)|KEYS?$/,
  'CREDENTIAL, CREDENTIALS': /CREDENTIAL/,
  PRIVATE: /PRIVATE/,
  'AUTH, COOKIE, DSN, SALT, SIGNATURE': /(^|_)(AUTH|COOKIE|DSN|SALT|SIGNATURE)($|_)/,
} as const satisfies Record<string, RegExp>;

export const MASK = '********';

/**
 * The value as it may be shown: a secret by its name, or by `known`, is masked whole, and so is a private key; of any other one
 * the password in a URL. A NAME_FILE says where a secret is, and is none.
 */
export function masked({ name, value }: Pick<Variable, 'name' | 'value'>, known: readonly string[]): string {
  if (value === '') return '';
  if (known.includes(name) || /-----BEGIN [A-Z ]*PRIVATE KEY/.test(value)) return MASK;
  if (isSecretName(name) && !(name.endsWith('_FILE') && value.startsWith('/'))) return MASK;
  // RFC 3986 3.2.1; the last @ of the authority ends it, because people forget to encode one in a password.
  return value.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, `$1:${MASK}@`)
    .replace(/([?&][^=&\s]*(?:key|token|secret|pass(?:word)?|signature|sig)=)[^&\s]+/gi, `$1${MASK}`);
}

/** camelCase and dots divide words, too. */
function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[.-]/g, '_').toUpperCase();
  return Object.values(SECRET_NAMES).some((pattern) => pattern.test(words));
}
