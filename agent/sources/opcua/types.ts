/** The built-in type behind each node, asked once a session: what a write is converted to, and whether a deadband makes sense. */
import type { NodeId } from 'node-opcua-client';
import { batches, inHalves } from './limits.ts';
import type { Session } from './session.ts';
import { TYPE } from './values.ts';

/** DataType ids of namespace 0 above the built-in ones, OPC 10000-6 Annex A.3: Enumeration is an Int32 on the wire. */
const ENUMERATION = 29;
/** BaseDataType, Number, Integer, UInteger: the value itself says what it is. */
const ABSTRACT: ReadonlySet<number> = new Set([24, 26, 27, 28]);
/** No standard type hierarchy is deeper; a server whose hierarchy is a ring must not hold us. */
const DEEPEST = 10;

/** By position in `nodes`; 0 where the server does not say. */
export async function readTypes(session: Session, nodes: readonly NodeId[]): Promise<readonly number[]> {
  const { DataType, Value } = session.ua.AttributeIds;
  const declared = await readAttribute(session, nodes, DataType);
  const known = new Map<string, Promise<number>>();
  const types = await Promise.all(
    declared.map((type) => {
      if (!isNodeId(type)) return 0;
      const found = known.get(type.toString()) ?? builtIn(session, type);
      known.set(type.toString(), found);
      return found;
    }),
  );
  const unclear = types.flatMap((type, at) => (type === 0 ? [at] : []));
  const values = await readTypesOfValues(
    session,
    unclear.map((at) => nodes[at] as NodeId),
    Value,
  );
  return types.map((type, at) => type || (values[unclear.indexOf(at)] ?? 0));
}

async function builtIn({ ua, client, call }: Session, declared: NodeId): Promise<number> {
  let type = declared;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (type.namespace === 0 && typeof type.value === 'number') {
      if (type.value === ENUMERATION) return TYPE.Int32;
      if (ABSTRACT.has(type.value)) return 0;
      if (type.value <= TYPE.LocalizedText) return type.value;
    }
    const above = await call(client.browse({ nodeId: type, referenceTypeId: 'HasSubtype', browseDirection: ua.BrowseDirection.Inverse }));
    const parent = above.references?.[0]?.nodeId;
    if (!parent) return 0;
    type = parent;
  }
  return 0;
}

async function readAttribute({ client, limits, call }: Session, nodes: readonly NodeId[], attributeId: number): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const batch of batches(nodes, limits.read)) {
    const answers = await inHalves(batch, (some) => call(client.read(some.map((nodeId) => ({ nodeId, attributeId })))));
    values.push(...answers.map(({ value }) => value.value));
  }
  return values;
}

async function readTypesOfValues({ client, limits, call }: Session, nodes: readonly NodeId[], attributeId: number): Promise<number[]> {
  const types: number[] = [];
  for (const batch of batches(nodes, limits.read)) {
    const answers = await inHalves(batch, (some) => call(client.read(some.map((nodeId) => ({ nodeId, attributeId })))));
    types.push(...answers.map(({ value }) => value.dataType));
  }
  return types;
}

const isNodeId = (value: unknown): value is NodeId => typeof value === 'object' && value !== null && 'namespace' in value;
