/**
 * Addresses of the file, with what their references stand for. A value of the environment or of a file is taken as it is and never
 * read as part of the address's syntax: a password with `/ # ? @ % :` in it stays one password.
 */
import { Address, decoded, isSecretParameter, maskQuery } from '../contracts/secrets.ts';
import { fillReferences, hideReferences, isFileReference, passwordIn, referencesIn, showReferences } from './secrets.ts';

export interface ReadAddress {
  readonly address: Address;
  /** What must never be shown: the password and what the query keeps secret. */
  readonly secrets: readonly string[];
  /** References whose value was taken as percent-encoded. */
  readonly encoded: readonly string[];
  /** A password that holds `/`, `?` or `#` as they are: what follows them was taken for the rest of the address. */
  readonly torn: boolean;
}

/** `source` is a scalar of the file; `standsFor` gives what a reference stands for. */
export function readAddress(source: string, standsFor: (reference: string) => string): ReadAddress {
  const filling = new Filling(standsFor);
  const [, scheme = '', authority = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(hideReferences(source)) ?? [];
  const at = authority.lastIndexOf('@');
  const host = filling.plain(authority.slice(at + 1));
  // What holds a whole address, or the login in front of the host, is written as an address is: there is nothing to take apart before.
  if (scheme === '' || scheme === 'dir' || host.includes('@')) return literal(filling.plain(source));
  const { user, password } = filling.login(at < 0 ? '' : authority.slice(0, at));
  const { path, shown } = filling.path(rest);
  const head = `${scheme}://${host}`;
  const address = new Address({ scheme, user, password, target: head + path, shown: head + shown });
  return { address, secrets: secretsOf(password, path, filling.secrets), encoded: filling.encoded, torn: isTorn(hideReferences(source)) };
}

const literal = (text: string): ReadAddress => {
  const address = Address.of(text);
  return { address, secrets: secretsOf(address.password.reveal(), address.target, []), encoded: [], torn: isTorn(text) };
};

/** What a reference is called says nothing of what it stands for: ${file:/run/secrets/x} is one password. */
const isTorn = (text: string): boolean => /[/?#]/.test(hideReferences(passwordIn(text) ?? ''));

function secretsOf(password: string, target: string, more: readonly string[]): readonly string[] {
  const parameters = [...target.matchAll(/[?&;]([\w.-]+)=([^&#]+)/g)].filter(([, name = '']) => isSecretParameter(name));
  return [...new Set([password, ...more, ...parameters.map(([, , value = '']) => decoded(value))])].filter((secret) => secret !== '');
}

/**
 * What an encoder makes of some text: such a value was encoded by hand and is decoded, every other is taken as it is. An encoder
 * leaves letters, digits and `-._~` alone, hence `Zebra%41x` is a password with a percent sign.
 */
const isEncoded = (value: string): boolean =>
  /^(?:[A-Za-z0-9\-._~!$'()*+,;=]|%[0-9A-Fa-f]{2})+$/.test(value) &&
  decoded(value) !== value &&
  !(value.match(/%[0-9A-Fa-f]{2}/g) ?? []).some((sign) => /^[A-Za-z0-9\-._~]$/.test(decoded(sign)));

/** Fills references in, by the place in the address where they stand. Pieces have their references hidden. */
class Filling {
  readonly secrets: string[] = [];
  readonly encoded: string[] = [];
  private readonly standsFor: (reference: string) => string;

  constructor(standsFor: (reference: string) => string) {
    this.standsFor = standsFor;
  }

  /** As it is: host, port, or a whole address. */
  plain(piece: string): string {
    return fillReferences(showReferences(piece), this.standsFor);
  }

  login(piece: string): { readonly user: string; readonly password: string } {
    const text = showReferences(piece);
    const [only] = referencesIn(text);
    // A single value for both: `name:password`.
    if (only === text) return apart(this.standsFor(only));
    const { user, password } = apart(piece);
    return { user: this.word(user), password: this.word(password) };
  }

  /** What the file says is percent-encoded; what a reference stands for is itself, unless somebody encoded it by hand. */
  private word(piece: string): string {
    const parts = piece.split(/([\uE020-\uE07E]+)/);
    return parts.map((part, index) => (index % 2 === 0 ? decoded(part) : this.fill(part, this.raw))).join('');
  }

  /** Path and query. A value in the query is one value; in the path it may have steps. */
  path(rest: string): { readonly path: string; readonly shown: string } {
    const at = rest.indexOf('?');
    const [path, query] = at < 0 ? [rest, ''] : [rest.slice(0, at), rest.slice(at)];
    const parameters = query.split('&').map((parameter) => this.parameter(parameter));
    const filled = this.fill(path, (reference) => this.step(reference));
    const shownPath = this.fill(path, (reference) => (isFileReference(reference) ? '***' : this.step(reference)));
    return {
      path: filled + parameters.map((parameter) => parameter.path).join('&'),
      shown: shownPath + maskQuery(parameters.map((parameter) => parameter.shown).join('&')),
    };
  }

  private step(reference: string): string {
    const value = this.standsFor(reference);
    if (isFileReference(reference)) this.secrets.push(value);
    return value.replace(/[\s#]/g, encodeURIComponent);
  }

  /** `name=value`: the value is encoded; at the place of the name a reference is a piece of the query and written as such. */
  private parameter(text: string): { readonly path: string; readonly shown: string } {
    const [, name = '', value = ''] = /^([^=]*=?)(.*)$/s.exec(text) ?? [];
    const given = this.plain(name);
    const path = given + this.fill(value, (reference) => encodeURIComponent(this.secret(reference)));
    return { path, shown: given + this.fill(value, () => '***') };
  }

  private secret(reference: string): string {
    const value = this.raw(reference);
    this.secrets.push(value);
    return value;
  }

  private readonly raw = (reference: string): string => {
    const value = this.standsFor(reference);
    if (!isEncoded(value)) return value;
    this.encoded.push(reference);
    return decoded(value);
  };

  private fill(piece: string, as: (reference: string) => string): string {
    return fillReferences(showReferences(piece), as);
  }
}

const apart = (login: string): { readonly user: string; readonly password: string } => {
  const [user = '', ...password] = login.split(':');
  return { user, password: password.join(':') };
};
