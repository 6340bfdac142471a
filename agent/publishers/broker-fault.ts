/** What a broker, a TLS library or a socket says, as a fault of the table: the cause in words, and the key of the config that mends it. */
import { LinesideError, messageOf } from '../errors.ts';

/** Whom it is said of. */
export interface About {
  readonly url: string;
  readonly version: string;
  readonly client: string;
}

/**
 * Reason codes that another try does not mend: MQTT 3.1.1 (3.2.2.3) 1 protocol, 2 identifier, 4 password, 5 not authorized; MQTT 5
 * (2.4) the same and bad authentication, banned, topic filter, QoS and retain not supported, server moved.
 */
type Kind = `MQTT_${'UNREACHABLE' | 'REFUSED' | 'VERSION' | 'CLIENT_ID' | 'TAKEN_OVER' | 'UNTRUSTED' | 'CERTIFICATE' | 'FILE' | 'NO_TLS'}`;

const REASONS: ReadonlyMap<number, Kind> = new Map([
  [1, 'MQTT_VERSION'],
  [2, 'MQTT_CLIENT_ID'],
  [4, 'MQTT_REFUSED'],
  [5, 'MQTT_REFUSED'],
  [132, 'MQTT_VERSION'],
  [133, 'MQTT_CLIENT_ID'],
  [134, 'MQTT_REFUSED'],
  [135, 'MQTT_REFUSED'],
  [138, 'MQTT_REFUSED'],
  [140, 'MQTT_REFUSED'],
  [142, 'MQTT_TAKEN_OVER'],
  [143, 'MQTT_REFUSED'],
  [154, 'MQTT_REFUSED'],
  [155, 'MQTT_REFUSED'],
  [156, 'MQTT_REFUSED'],
  [157, 'MQTT_REFUSED'],
]);
/** MQTT 5, 2.4: packet identifier in use. The one reason of a PUBACK that is about the session and not about the message. */
const SESSION_REASON = 0x91;
const FIRST_FAILURE = 0x80;

export const codeOf = (thrown: unknown): unknown => (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined);

/** A fault of one message and not of the connection: the others go on. */
export function isMessageFault(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return typeof code === 'number' && code >= FIRST_FAILURE && code !== SESSION_REASON;
}

/** Reasons that belong to other packets and are sent in a PUBACK all the same (MQTT 5, 2.4). */
const ODD: ReadonlyMap<number, string> = new Map([
  [0x95, 'Packet too large'],
  [0x96, 'Message rate too high'],
  [0x9a, 'Retain not supported'],
  [0x9b, 'QoS not supported'],
]);

/** Reasons that are about the topic: the next message on it has the same answer. */
const TOPIC_REASONS = new Set([0x87, 0x90]);
export const isTopicFault = (thrown: unknown): boolean => TOPIC_REASONS.has(Number(codeOf(thrown)));

/** `Not authorized (0x87)`. `odd`: the reason that the broker sent where it is none that mqtt.js knows. */
export function refusalOf(thrown: unknown, odd?: number): string {
  const code = odd ?? codeOf(thrown) ?? granted(thrown);
  const said = messageOf(thrown).replace(/^(Publish|Subscribe) error: (undefined$)?/, '');
  const text = odd === undefined && said !== '' ? said : (ODD.get(Number(code)) ?? 'a reason that MQTT does not know');
  return typeof code === 'number' ? `${text} (0x${code.toString(16)})` : text;
}

/** Of a SUBACK (MQTT 5, 3.9.3), which has one for each filter: mqtt.js gives the packet and no code. */
function granted(thrown: unknown): number | undefined {
  const { packet } = (thrown ?? {}) as { readonly packet?: { readonly granted?: readonly unknown[] } };
  const codes = Array.isArray(packet?.granted) ? packet.granted : [];
  return codes.find((code) => typeof code === 'number' && code >= FIRST_FAILURE);
}

export function brokerFault(thrown: unknown, about: About): LinesideError {
  if (thrown instanceof LinesideError) return thrown;
  const code = codeOf(thrown);
  const { kind, why } = typeof code === 'number' ? said(code, thrown) : heard(String(code ?? ''), thrown);
  return new LinesideError(kind, { ...about, why }, { cause: thrown });
}

interface Cause {
  readonly kind: Kind;
  readonly why: string;
}

/** By the broker, in a packet. */
function said(code: number, thrown: unknown): Cause {
  const text = messageOf(thrown) || 'unknown';
  return { kind: REASONS.get(code) ?? 'MQTT_UNREACHABLE', why: code > 0 ? `${text} (reason code ${code})` : text };
}

/** By the socket or the TLS library: OpenSSL's own texts name lines of its source and tell a technician nothing. */
const TLS: readonly (readonly [RegExp, Kind, string])[] = [
  [/SELF_SIGNED|self.signed/, 'MQTT_UNTRUSTED', 'it was signed by nobody that this box knows (self-signed)'],
  [/UNABLE_TO_(VERIFY|GET)|unable to (verify|get)/, 'MQTT_UNTRUSTED', 'the authority that signed it is not known here'],
  [/CERT_HAS_EXPIRED|certificate has expired/, 'MQTT_UNTRUSTED', 'it has expired'],
  [/CERT_NOT_YET_VALID|not yet valid/, 'MQTT_UNTRUSTED', 'it is not yet valid; is the clock of this box right?'],
  [/ALTNAME|altnames/, 'MQTT_UNTRUSTED', 'it was issued for another host name than the one in `mqtt.url`'],
  [/KEY_VALUES_MISMATCH|key values mismatch/, 'MQTT_FILE', '`mqtt.key` is not the key of the certificate in `mqtt.cert`'],
  [
    /ERR_OSSL|PEM|bad decrypt|BAD_DECRYPT/,
    'MQTT_FILE',
    'one of `mqtt.ca`, `mqtt.cert` and `mqtt.key` is no PEM file, or its key is locked by a password',
  ],
  [/WRONG_VERSION_NUMBER|wrong version number|packet length too long|record layer failure/i, 'MQTT_NO_TLS', 'it answers, but not in TLS'],
  [/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|no protocols available/i, 'MQTT_NO_TLS', 'it speaks only TLS versions that are too old'],
  [/ALERT|alert|TLS not authorized/, 'MQTT_CERTIFICATE', 'it ended the TLS handshake'],
  [/CERT|^ERR_SSL_|^ERR_TLS_|EPROTO/, 'MQTT_UNTRUSTED', 'the TLS handshake failed'],
];

const SOCKET: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no way to this address',
  ENETUNREACH: 'there is no way to this network',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
};

function heard(code: string, thrown: unknown): Cause {
  const text = messageOf(thrown);
  const tls = TLS.find(([pattern]) => pattern.test(`${code} ${text}`));
  if (tls) return { kind: tls[1], why: `${tls[2]}${code && code !== 'EPROTO' ? ` (${code})` : ''}` };
  // A connection refused on both address families is an AggregateError without a message.
  const known = SOCKET[code];
  return { kind: 'MQTT_UNREACHABLE', why: known ? `${known} (${code})` : text || code || 'unknown' };
}
