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
const LIMITS = { read: 'i=11705', write: 'i=11707', browse: 'i=11710', monitor: 'i=11714' } as const;
/** Server_ServerStatus_BuildInfo_ManufacturerName and _ProductName. */
const PRODUCT = ['i=2263', 'i=2261'] as const;

/** What the server says, BATCH where it says nothing or 0 (no limit); and what it says it is. */
export async function readLimits(ua: Library, session: ClientSession): Promise<{ limits: Limits; product: string }> {
  const values = await readValues(ua, session, [...Object.values(LIMITS), ...PRODUCT]);
  const [read = BATCH, write = BATCH, browse = BATCH, monitor = BATCH] = values.map((limit) =>
    typeof limit === 'number' && limit > 0 ? Math.min(limit, BATCH) : BATCH,
  );
  const product = values.slice(Object.keys(LIMITS).length).filter((text) => typeof text === 'string');
  return { limits: { read, write, browse, monitor }, product: product.join(' ').slice(0, 200) };
}

/** All at once; one by one at a server whose limit is smaller than the question about it. */
async function readValues(ua: Library, session: ClientSession, nodes: readonly string[]): Promise<unknown[]> {
  const question = (nodeId: string) => ({ nodeId, attributeId: ua.AttributeIds.Value });
  try {
    return (await session.read(nodes.map(question))).map(({ value }) => value.value);
  } catch (thrown) {
    if (!isTooMuch(messageOf(thrown))) throw thrown;
    const answers: unknown[] = [];
    for (const node of nodes) answers.push((await session.read(question(node))).value.value);
    return answers;
  }
}

/** Consecutive pieces of at most `size`. */
export function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Whether a server refused a request for its size: many take less in one than they say. */
export const isTooMuch = (why: string): boolean =>
  /BadTooManyOperations|BadResponseTooLarge|BadRequestTooLarge|BadEncodingLimitsExceeded|BadTooManyContinuationPoints|BadNoContinuationPoints/.test(
    why,
  );

/** A server that takes less in one request, or answers less, than it says: asked in halves, down to one by one. */
export async function inHalves<In, Out>(
  items: readonly In[],
  ask: (some: readonly In[]) => Promise<readonly Out[]>,
): Promise<readonly Out[]> {
  try {
    return await ask(items);
  } catch (thrown) {
    if (items.length < 2 || !isTooMuch(String(thrown))) throw thrown;
    const half = items.length >> 1;
    return [...(await inHalves(items.slice(0, half), ask)), ...(await inHalves(items.slice(half), ask))];
  }
}
