/** Reading and writing through the session, apart from the subscriptions. */
import type { StatusCode, WriteValueOptions } from 'node-opcua-client';
import type { TagSample, TagWrite } from '../../contracts/index.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { variantOf } from './convert.ts';
import { explain } from './faults.ts';
import { batches, inHalves, isTooMuch } from './limits.ts';
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

export class Access {
  private readonly session: Session;
  private readonly tags: ReadonlyMap<string, Tag>;
  /** Values that the server takes in one request: what it says, or fewer, where it was seen to refuse that. */
  private most: number;

  constructor(session: Session, tags: readonly Tag[]) {
    this.session = session;
    this.most = session.limits.write;
    this.tags = new Map(tags.map((tag) => [tag.name, tag]));
  }

  /**
   * In one request, in this order (several where the server takes no more in one). What does not fit its node is not sent, the rest
   * is. Hot path: all requests are on the socket when this returns, so that nothing that is written meanwhile comes in between: a
   * verdict must not follow the name of the next part.
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

  /** In pieces that the server takes; anew, all of it, where it takes less in one than it said. `late`: monotonic. */
  private async sendAll(requests: readonly Request[], late: number): Promise<readonly { at: number; why: string | null }[]> {
    const pieces = [...batches(requests, this.most)];
    const left = late - this.session.clock.elapsed();
    const results = await Promise.all(
      pieces.map((piece) =>
        this.send(
          piece.map(({ node }) => node),
          left,
        ),
      ),
    );
    const refused = pieces.find((piece, k) => piece.length > 1 && isTooMuch(String(results[k])));
    if (refused) {
      this.most = Math.max(1, Math.min(this.most, refused.length >> 1));
      return this.sendAll(requests, late);
    }
    return pieces.flatMap((piece, k) => {
      const result = results[k] ?? 'no result';
      return piece.map(({ at }, i) => ({ at, why: typeof result === 'string' ? result : refusal(result[i]) }));
    });
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

  /** A text is the reason why none of them is known to be written. */
  private async send(nodes: WriteValueOptions[], ms: Milliseconds): Promise<readonly StatusCode[] | string> {
    const fault = () => new LinesideError('TIMEOUT', { what: 'The write', ms: Math.round(ms) });
    try {
      return await within(this.session.client.write(nodes), { clock: this.session.clock, ms, fault });
    } catch (thrown) {
      return thrown instanceof LinesideError ? 'no answer in time' : explain(messageOf(thrown));
    }
  }

  private unknown(): TagSample {
    const { clock } = this.session;
    return { value: null, status: BAD_NODE_ID_UNKNOWN, source: null, server: null, received: clock.now(), arrived: clock.elapsed() };
  }
}

const refusal = (status: StatusCode | undefined): string | null =>
  status === undefined ? 'no result' : status.value >>> 30 === 0 ? null : status.name;
