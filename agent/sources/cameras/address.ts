/** How the credentials of a camera are kept out of what a program writes about it. Pure. */
import type { Address } from '../../contracts/index.ts';

/** A text without what must not be logged: the credentials of the address, encoded or not. */
export function redact(text: string, { user, password }: Address): string {
  const bare = text.replace(/([a-z]+:\/\/)[^/@\s']+@/g, '$1***@');
  const secrets = [password.reveal(), encodeURIComponent(password.reveal())].filter((secret) => secret !== '' && secret !== user);
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), bare);
}
