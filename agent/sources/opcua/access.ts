/** Reading and writing through the session, apart from the subscriptions. */
import type { StatusCode, WriteValueOptions } from 'node-opcua-client';
import type { TagSample, TagWrite } from '../../contracts/index.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { variantOf } from './convert.ts';
import { explain } from './faults.ts';
import { batches, inHalves } from './limits.ts';
import type { Session } from './session.ts';
import type { Tag } from './tags.ts';
import { sampleOf } from './values.ts';
import { within } from './within.ts';

const BAD_NODE_ID_UNKNOWN = 0x80340000;

/** A value of a write, and where in it. */
interface Request {
  readonly at: number;
  readonly node: WriteValueOptions;
}

/** What became of a value; `why`: it was refused, or nobody knows. */
interface Written {
  readonly at: number;
  readonly why: string | null;
}

const TOO_LATE = 'no answer in time';

export class Access {
  private readonly session: Session;
  private readonly tags: ReadonlyMap<string, Tag>;
  /** The last write of those that go in pieces, one after the other; null: none does. */
  private turn: Promise<readonly Written[]> | null = null;
  /** Values that the server takes in one request: what it says, or fewer, where it was seen to refuse that. */
  private most: number;

  constructor(session: Session, tags: readonly Tag[]) {
    this.session = session;
    this.most = session.limits.write;
    this.tags = new Map(tags.map((tag) => [tag.name, tag]));
  }

  /**
   * In one request, in this order. What does not fit its node is not sent, the rest is. Hot path: the request is on the socket when this
   * returns. Where the server takes no more in one it is several, each sent when the one before is answered, since a server may work on
   * two at a time; and nothing that is written meanwhile comes in between: a verdict must not follow the name of the next part.
   */
  async write(writes: readonly TagWrite[], timeout: Milliseconds): Promise<(LinesideError | null)[]> {
    const faults: (LinesideError | null)[] = writes.map(() => null);
    const requests: Request[] = [];
    writes.forEach((write, at) => {
      try {
        requests.push({ at, node: this.requestOf(write) });
      } catch (thrown) {
        faults[at] = asLinesideError(thrown);
      }
    });
    const late = this.session.clock.elapsed() + timeout;
    for (const { at, why } of await this.sendAll(requests, late)) {
      if (why !== null) faults[at] = new LinesideError('OPCUA_WRITE_FAILED', { tag: writes[at]?.tag ?? '', why });
    }
    return faults;
  }

  /** `late`: monotonic. */
  private async sendAll(requests: readonly Request[], late: number): Promise<readonly Written[]> {
    if (!this.turn && requests.length <= this.most) {
      const whole = await this.send(requests, late);
      if (!this.learnsLess(requests, whole)) return whole;
    }
    const before = this.turn;
    const turn = (async () => {
      await before;
      return this.sendPieces(requests, late);
    })();
    this.turn = turn;
    return turn.finally(() => {
      if (this.turn === turn) this.turn = null;
    });
  }

  /** One after the other; anew, all of it, where the server takes less in one than it was seen to. */
  private async sendPieces(requests: readonly Request[], late: number): Promise<readonly Written[]> {
    const written: Written[] = [];
    for (const piece of batches(requests, this.most)) {
      const results = await this.send(piece, late);
      if (this.learnsLess(piece, results)) return this.sendPieces(requests, late);
      written.push(...results);
    }
    return written;
  }

  /** Whether the server refused the piece, all of it, for the number of its values; a long value is too long in a request of its own as well. */
  private learnsLess(piece: readonly Request[], results: readonly Written[]): boolean {
    if (piece.length < 2 || !(results[0]?.why ?? '').includes('BadTooManyOperations')) return false;
    this.most = Math.max(1, Math.min(this.most, piece.length >> 1));
    return true;
  }

  /** Rejects when the server does not answer in time; a tag that is not there has no value and BadNodeIdUnknown. */
  async read(names: readonly string[], timeout: Milliseconds): Promise<readonly TagSample[]> {
    const { ua, client, clock, limits, server } = this.session;
    const attributeId = ua.AttributeIds.Value;
    const late = clock.elapsed() + timeout;
    const known = names.flatMap((name) => this.tags.get(name) ?? []);
    const samples = new Map<string, TagSample>();
    for (const batch of batches(known, limits.read)) {
      const fault = () => new LinesideError('TIMEOUT', { what: `Reading from OPC UA server ${server}`, ms: timeout });
      const ask = (some: readonly Tag[]) => client.read(some.map(({ node }) => ({ nodeId: node, attributeId })));
      const answers = await inHalves(batch, (some) => within(ask(some), { clock, ms: late - clock.elapsed(), fault }));
      batch.forEach(({ name }, at) => {
        const answer = answers[at];
        if (answer) samples.set(name, sampleOf(answer, clock.now(), clock.elapsed()));
      });
    }
    return names.map((name) => samples.get(name) ?? this.unknown());
  }

  private requestOf({ tag: name, value }: TagWrite): WriteValueOptions {
    const tag = this.tags.get(name);
    if (!tag) throw new LinesideError('OPCUA_WRITE_FAILED', { tag: name, why: 'the server has no such node' });
    if (!tag.config.writable) throw new LinesideError('OPCUA_WRITE_FAILED', { tag: name, why: 'it is not `writable` in the config' });
    // The value alone: many servers refuse a write that brings a status or a timestamp (BadWriteNotSupported).
    return { nodeId: tag.node, attributeId: this.session.ua.AttributeIds.Value, value: { value: variantOf(name, tag.type, value) } };
  }

  /** In one request; none, once it is `late`. */
  private async send(piece: readonly Request[], late: number): Promise<readonly Written[]> {
    const { client, clock } = this.session;
    const ms = late - clock.elapsed();
    const fault = () => new LinesideError('TIMEOUT', { what: 'The write', ms: Math.round(ms) });
    const all = (why: string) => piece.map(({ at }) => ({ at, why }));
    if (piece.length === 0) return [];
    if (ms <= 0) return all(TOO_LATE);
    try {
      const results = await within(client.write(piece.map(({ node }) => node)), { clock, ms, fault });
      return piece.map(({ at }, k) => ({ at, why: refusal(results[k]) }));
    } catch (thrown) {
      return all(thrown instanceof LinesideError ? TOO_LATE : explain(messageOf(thrown)));
    }
  }

  private unknown(): TagSample {
    const { clock } = this.session;
    return { value: null, status: BAD_NODE_ID_UNKNOWN, source: null, server: null, received: clock.now(), arrived: clock.elapsed() };
  }
}

const refusal = (status: StatusCode | undefined): string | null =>
  status === undefined ? 'no result' : status.value >>> 30 === 0 ? null : status.name;
