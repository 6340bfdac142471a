/** Reading and writing through the session, apart from the subscriptions. */
import type { StatusCode, WriteValueOptions } from 'node-opcua-client';
import type { TagSample, TagWrite } from '../../contracts/index.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { variantOf } from './convert.ts';
import { explain } from './faults.ts';
import { batches } from './limits.ts';
import type { Session } from './session.ts';
import type { Tag } from './tags.ts';
import { sampleOf } from './values.ts';
import { within } from './within.ts';

const BAD_NODE_ID_UNKNOWN = 0x80340000;

export class Access {
  private readonly session: Session;
  private readonly tags: ReadonlyMap<string, Tag>;

  constructor(session: Session, tags: readonly Tag[]) {
    this.session = session;
    this.tags = new Map(tags.map((tag) => [tag.name, tag]));
  }

  /**
   * In one request, in this order (several where the server takes no more in one). What does not fit its node is not sent, the rest
   * is. Hot path: the request is on the socket when this returns.
   */
  async write(writes: readonly TagWrite[], timeout: Milliseconds): Promise<(LinesideError | null)[]> {
    const faults: (LinesideError | null)[] = writes.map(() => null);
    const requests: { at: number; node: WriteValueOptions }[] = [];
    writes.forEach((write, at) => {
      try {
        requests.push({ at, node: this.requestOf(write) });
      } catch (thrown) {
        faults[at] = asLinesideError(thrown);
      }
    });
    const late = this.session.clock.elapsed() + timeout;
    for (const batch of batches(requests, this.session.limits.write)) {
      const results = await this.send(
        batch.map(({ node }) => node),
        late - this.session.clock.elapsed(),
      );
      batch.forEach(({ at }, k) => {
        const why = typeof results === 'string' ? results : refusal(results[k]);
        if (why !== null) faults[at] = new LinesideError('OPCUA_WRITE_FAILED', { tag: writes[at]?.tag ?? '', why });
      });
    }
    return faults;
  }

  /** Rejects when the server does not answer in time; a tag that is not there has no value and BadNodeIdUnknown. */
  async read(names: readonly string[], timeout: Milliseconds): Promise<readonly TagSample[]> {
    const { ua, client, clock, limits, server } = this.session;
    const attributeId = ua.AttributeIds.Value;
    const late = clock.elapsed() + timeout;
    const known = names.flatMap((name) => this.tags.get(name) ?? []);
    const samples = new Map<string, TagSample>();
    for (const batch of batches(known, limits.read)) {
      const work = client.read(batch.map(({ node }) => ({ nodeId: node, attributeId })));
      const fault = () => new LinesideError('TIMEOUT', { what: `Reading from OPC UA server ${server}`, ms: timeout });
      const answers = await within(work, { clock, ms: late - clock.elapsed(), fault });
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
