/** Addresses with credentials in them, and how these are kept out of sight. Pure. */

/** The address without its credentials, and these decoded. */
export function splitCredentials(url: string): { readonly host: string; readonly user: string; readonly password: string } {
  const match = /^([a-z]+:\/\/)([^/?#]*)@(.*)$/s.exec(url);
  if (!match) return { host: url, user: '', password: '' };
  const [user = '', ...password] = (match[2] ?? '').split(':');
  return { host: `${match[1]}${match[3]}`, user: decoded(user), password: decoded(password.join(':')) };
}

/** A text without what must not be logged: the credentials of the address, encoded or not. */
export function redact(text: string, url: string): string {
  const { user, password } = splitCredentials(url);
  const bare = text.replace(/([a-z]+:\/\/)[^/@\s']+@/g, '$1***@');
  const secrets = [password, encodeURIComponent(password)].filter((secret) => secret !== '' && secret !== user);
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), bare);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
