/**
 * Texts that must not be shown. They have types of their own, since a string finds its way into a sentence, a log line or a retained
 * message sooner or later: what has no string form but `***` cannot.
 */

const HIDDEN = '***';
/** What console.log and util.inspect ask an object for; node:util gives it the same name. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A text that cannot be printed: every way into a text gives `***`. Only reveal() gives it away, to the library that sends it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }
  /** Never into a sentence, a detail of an error or a log line. */
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return HIDDEN;
  }
  toJSON(): string {
    return HIDDEN;
  }
  [INSPECT](): string {
    return HIDDEN;
  }
}

export interface AddressParts {
  /** Without the colon. */
  readonly scheme: string;
  /** Not percent-encoded; empty where the address has none. */
  readonly user: string;
  readonly password: string;
  /** The address without user and password. Its query may hold secrets. */
  readonly target: string;
  /** The target with what is secret in it blanked. */
  readonly shown: string;
}

/** An address whose credentials are kept apart from it. Printed, it shows neither its password nor a password in its query. */
export class Address {
  /** Without the colon. */
  readonly scheme: string;
  /** Not percent-encoded; empty where the address names nobody. */
  readonly user: string;
  /** Empty where the address has none. */
  readonly password: Secret;
  readonly #target: string;
  /** The target with what is secret in it blanked. */
  readonly shown: string;

  constructor({ scheme, user, password, target, shown }: AddressParts) {
    this.scheme = scheme;
    this.user = user;
    this.password = new Secret(password);
    this.#target = target;
    this.shown = shown;
  }

  /** An address as people write it: user and password percent-encoded where they hold one of `/ # ? @ % :`. */
  static of(text: string): Address {
    const [, head = '', scheme = '', authority = '', rest = ''] = /^(([a-z][a-z0-9+.-]*):\/\/)([^/?#]*)(.*)$/is.exec(text) ?? [];
    // A folder has no host, hence no credentials: `dir://a@b/c` is a folder named a@b.
    const at = scheme === 'dir' ? -1 : authority.lastIndexOf('@');
    const [user = '', ...password] = at < 0 ? [] : authority.slice(0, at).split(':');
    const target = head === '' ? text : head + authority.slice(at + 1) + rest;
    return new Address({ scheme, user: decoded(user), password: decoded(password.join(':')), target, shown: maskQuery(target) });
  }

  /** What is connected to, without user and password. Not to be shown: its query may hold secrets. */
  get target(): string {
    return this.#target;
  }
  /** The whole address with its credentials percent-encoded, for a program that takes it in one piece. Never to be shown. */
  reveal(): string {
    const password = this.password.reveal();
    if (this.user === '' && password === '') return this.#target;
    const login = encodeURIComponent(this.user) + (password === '' ? '' : `:${encodeURIComponent(password)}`);
    return this.#target.replace('://', () => `://${login}@`);
  }
  /** `http://admin:***@10.1.3.31/snap?pwd=***` */
  toString(): string {
    const login = this.user + (this.password.reveal() === '' ? '' : `:${HIDDEN}`);
    return login === '' ? this.shown : this.shown.replace('://', () => `://${login}@`);
  }
  toJSON(): string {
    return this.toString();
  }
  [INSPECT](): string {
    return this.toString();
  }
}

/** What stands for a password or a token in the queries of cameras and brokers (`pwd=`, `loginpas=`, `X-Amz-Signature=`). */
export const isSecretParameter = (name: string): boolean =>
  /pass|pwd|psw|secret|token|credential|signature/i.test(name) || /^(pw|key|api_?key|auth|sig|sid|session|loginpas)$/i.test(name);

type Blank = (secret: string) => string;
const asterisks: Blank = () => HIDDEN;

/** Blanks the secrets among the parameters of an address; `blank` makes what stands in their place. One that nobody encoded may hold a #. */
export const maskQuery = (text: string, blank: Blank = asterisks): string =>
  text.replace(/([?&;]([\w.-]+)=)([^&\s'"<>]+)/g, (whole, before: string, name: string, value: string) =>
    isSecretParameter(name) ? before + blank(value) : whole,
  );

/**
 * `://user:password@`. A password that nobody encoded holds slashes, question marks and at signs: it reaches to the last @ of the
 * word. A port before a path is no password.
 */
export const USERINFO = /(:\/\/[^:@/\s'"]*:)(?!\d+(?:[/?#\s]|$))([^\s'"]+)(@)/g;

/** Blanks the passwords of all addresses in a text. */
export const maskAddress = (text: string, blank: Blank = asterisks): string =>
  maskQuery(
    text.replace(USERINFO, (_, before: string, secret: string, at: string) => before + blank(secret) + at),
    blank,
  );

/** Everything that moves a cursor, colours, hides or turns round what follows: C0 and C1 but tab and line feed, and marks of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const written = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** What a camera, a server or a library wrote, fit for a terminal, a log and a retained message: nothing acts, no password shows. */
export const harmless = (text: string): string => {
  const plain = text.replace(CONTROL, written);
  return plain.includes('://') ? maskAddress(plain) : plain;
};

/** Undoes percent-encoding. A percent sign that begins no escape stands for itself, as in the passwords that people paste. */
export const decoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
