/** What arrives, before mqtt.js reads it: packets that nobody should send, and acknowledgements that it cannot read. */

const PUBACK = 4;
/** Reasons that mqtt-packet takes in a PUBACK (MQTT 5, 3.4.2.1); any other makes it throw and ends the connection. */
const KNOWN = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const UNSPECIFIED = 0x80;

export interface InboundOptions {
  /** Longest packet, bytes. */
  readonly most: number;
  readonly tooLong: (bytes: number) => void;
  /** A PUBACK has a reason that does not belong there; in its place stands "unspecified" now. Absent for MQTT 3.1.1, which has none. */
  readonly oddReason?: (packet: number, reason: number) => void;
}

/**
 * Follows the packets in a stream (MQTT 5, 2.1). Calls `tooLong` as soon as one announces more than `most` bytes: mqtt.js would collect
 * all of it, up to 256 MB, before anybody could look. Some brokers answer a publish with a reason of other packets (0x95, packet too
 * large): that byte is replaced in the chunk, which is why this has to see a chunk before the parser does.
 */
export function packetGuard({ most, tooLong, oddReason }: InboundOptions): (chunk: Uint8Array) => void {
  let left = 0;
  let length = 0;
  /** Weight of the next length byte; 0 where a packet's first byte comes. */
  let weight = 0;
  let type = 0;
  let packet = 0;
  const body = (chunk: Uint8Array, at: number, end: number) => {
    // PUBACK: two bytes of packet id, then the reason, if there is one.
    for (let i = at; i < end; i++) {
      const position = length - left + (i - at);
      const byte = chunk[i] ?? 0;
      if (position < 2) packet = position === 0 ? byte << 8 : packet | byte;
      else if (position === 2 && !KNOWN.has(byte)) {
        oddReason?.(packet, byte);
        chunk[i] = UNSPECIFIED;
      } else return;
    }
  };
  /** One byte of a fixed header; false as soon as it announces too much. */
  const head = (byte: number): boolean => {
    if (weight === 0) {
      type = byte >> 4;
      weight = 1;
      length = 0;
      return true;
    }
    length += (byte & 0x7f) * weight;
    weight *= 128;
    if (byte < 0x80) {
      left = length;
      weight = 0;
    }
    return length <= most;
  };
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const passed = Math.min(left, chunk.length - at);
        if (type === PUBACK && oddReason) body(chunk, at, at + passed);
        left -= passed;
        at += passed;
        continue;
      }
      if (!head(chunk[at++] ?? 0)) return tooLong(length);
    }
  };
}
