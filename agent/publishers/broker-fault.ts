/** What a broker, a TLS library or a socket says, as a fault of the table; and the guard against packets that nobody should send. */
import { type ErrorCode, LinesideError, messageOf } from '../errors.ts';

/**
 * Reason codes that another try does not mend: MQTT 3.1.1 (3.2.2.3) 1 protocol, 2 identifier, 4 password, 5 not authorized; MQTT 5
 * (2.4) the same and bad authentication, banned, topic filter, QoS and retain not supported, server moved.
 */
const REFUSALS = new Set([1, 2, 4, 5, 132, 133, 134, 135, 138, 140, 142, 143, 154, 155, 156, 157]);
/** MQTT 5: faults of one message and not of the connection: topic name, packet too large, payload format. */
const MESSAGE_FAULTS = new Set([144, 149, 153]);
/** Certificates that do not fit, as OpenSSL and Node name them; alerts come as ERR_SSL_… */
const TLS = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_SSL_|^ERR_TLS_|^EPROTO|TLS not authorized/;

const codeOf = (thrown: unknown): unknown => (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined);

export const isMessageFault = (thrown: unknown): boolean => MESSAGE_FAULTS.has(Number(codeOf(thrown)));

export function brokerFault(thrown: unknown, url: string): LinesideError {
  if (thrown instanceof LinesideError) return thrown;
  const code = codeOf(thrown);
  const refused = typeof code === 'number' ? REFUSALS.has(code) : TLS.test(`${String(code ?? '')} ${messageOf(thrown)}`);
  const kind: ErrorCode = refused ? 'MQTT_REFUSED' : 'MQTT_UNREACHABLE';
  return new LinesideError(kind, { url, why: reasonOf(thrown, code) }, { cause: thrown });
}

/** A connection refused on both address families is an AggregateError without a message. */
function reasonOf(thrown: unknown, code: unknown): string {
  const text = messageOf(thrown) || String(code ?? 'unknown');
  return typeof code === 'number' && code > 0 ? `${text} (reason code ${code})` : text;
}

/**
 * Follows the lengths of the packets in a stream (MQTT 5, 2.1.4) and calls `tooLong` as soon as one announces more than `most` bytes:
 * mqtt.js would collect all of it, up to 256 MB, before anybody could look.
 */
export function packetGuard(most: number, tooLong: (bytes: number) => void): (chunk: Uint8Array) => void {
  let left = 0;
  let length = 0;
  /** Weight of the next length byte; 0 where a packet's first byte comes. */
  let weight = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const passed = Math.min(left, chunk.length - at);
        left -= passed;
        at += passed;
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (weight === 0) {
        weight = 1;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * weight;
      weight *= 128;
      if (length > most) return tooLong(length);
      if (byte < 0x80) {
        left = length;
        weight = 0;
      }
    }
  };
}
