/** How much a server takes in one request: its OperationLimits, and never more than it was seen to take well. */
import type { ClientSession } from 'node-opcua-client';
import { messageOf } from '../../errors.ts';
import type { Library } from './library.ts';

/** An S7-1200 is 50 times slower above 200 items a request and fails above 1000. */
const BATCH = 100;

export interface Limits {
  readonly read: number;
  readonly write: number;
  readonly browse: number;
  readonly monitor: number;
}

/** Server_ServerCapabilities_OperationLimits_…, OPC 10000-5, 6.3.11. */
const NODES = { read: 'i=11705', write: 'i=11707', browse: 'i=11710', monitor: 'i=11714' } as const;

/** What the server says, BATCH where it says nothing or 0 (no limit). */
export async function readLimits(ua: Library, session: ClientSession): Promise<Limits> {
  const values = await readValues(ua, session, Object.values(NODES));
  const [read = BATCH, write = BATCH, browse = BATCH, monitor = BATCH] = values.map((limit) =>
    limit > 0 ? Math.min(limit, BATCH) : BATCH,
  );
  return { read, write, browse, monitor };
}

/** All at once; one by one at a server whose limit is smaller than the question about it. */
async function readValues(ua: Library, session: ClientSession, nodes: readonly string[]): Promise<number[]> {
  const question = (nodeId: string) => ({ nodeId, attributeId: ua.AttributeIds.Value });
  const number = ({ value }: { value: { value: unknown } }): number => (typeof value.value === 'number' ? value.value : 0);
  try {
    return (await session.read(nodes.map(question))).map(number);
  } catch (thrown) {
    if (!messageOf(thrown).includes('BadTooManyOperations')) throw thrown;
    const answers: number[] = [];
    for (const node of nodes) answers.push(number(await session.read(question(node))));
    return answers;
  }
}

/** Consecutive pieces of at most `size`. */
export function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
