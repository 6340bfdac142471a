/**
 * Finding the tag whose value is larger than a message may be. Such an answer ends the session, whoever sends it, and with it every
 * other tag of the server; which tag it was, nobody says. So the life after one that ended like that reads each candidate alone before it
 * subscribes. The one whose answer ends the life again is left out from then on; every now and then it is tried anew.
 */
import { LinesideError } from '../../errors.ts';
import { type Clock, type Milliseconds, Minutes } from '../../time.ts';
import { isNumeric } from './convert.ts';
import { batches, inHalves } from './limits.ts';
import type { Session } from './session.ts';
import type { Tag } from './tags.ts';
import { readTypes } from './types.ts';
import { TYPE } from './values.ts';

/** A try costs a life where the value is still too large: seconds in an hour. */
const LEFT_OUT: Milliseconds = Minutes(30);

export class Oversized {
  private readonly clock: Clock;
  /** Tags left out, and until when. */
  private readonly until = new Map<string, number>();
  private hunting = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get tags(): readonly string[] {
    return [...this.until.keys()];
  }

  /** What ended the life of this session. */
  ended(session: Session, fault: unknown): void {
    this.hunting = isTooLarge(session, fault);
  }

  /** Those of `tags` that can be subscribed. Throws OPCUA_TOO_LARGE when another one was found. */
  async fit(session: Session, tags: readonly Tag[]): Promise<readonly Tag[]> {
    const now = this.clock.elapsed();
    for (const [name, until] of this.until) {
      if (until > now) continue;
      this.until.delete(name);
      this.hunting = true;
    }
    const left = tags.filter(({ name }) => !this.until.has(name));
    if (this.hunting) await this.hunt(session, left);
    this.hunting = false;
    return left;
  }

  private async hunt(session: Session, tags: readonly Tag[]): Promise<void> {
    const types = await readTypes(
      session,
      tags.map(({ node }) => node),
    );
    const isArray = await areArrays(session, tags);
    for (const [at, tag] of tags.entries()) {
      const type = types[at] ?? 0;
      const small = !isArray[at] && (isNumeric(type) || type === TYPE.Boolean || type === TYPE.DateTime);
      if (!small) await this.read(session, tag);
    }
  }

  private async read(session: Session, { name, node }: Tag): Promise<void> {
    const { client, call, ua } = session;
    try {
      await call(client.read({ nodeId: node, attributeId: ua.AttributeIds.Value }));
    } catch (thrown) {
      if (isTooLarge(session, thrown)) this.until.set(name, this.clock.elapsed() + LEFT_OUT);
      throw thrown;
    }
  }
}

/** Whether that is what ended the life of this session. */
export const isTooLarge = (session: Session, fault: unknown): boolean =>
  session.tooLarge() || (fault instanceof LinesideError && fault.code === 'OPCUA_TOO_LARGE');

/** ValueRank, OPC 10000-3, 5.6.2: -1 is a scalar; what may be either counts as an array. */
async function areArrays({ client, call, ua, limits }: Session, tags: readonly Tag[]): Promise<readonly boolean[]> {
  const ranks: boolean[] = [];
  for (const batch of batches(tags, limits.read)) {
    const read = (some: readonly Tag[]) =>
      call(client.read(some.map(({ node }) => ({ nodeId: node, attributeId: ua.AttributeIds.ValueRank }))));
    const answers = await inHalves(batch, read);
    ranks.push(...answers.map(({ value }) => value.value !== -1));
  }
  return ranks;
}
