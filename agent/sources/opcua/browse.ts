/** What a server has, for the technician who writes the config: nodes as the config names them, with type, value and access. */
import type { BrowseResult, NodeId, ReferenceDescription } from 'node-opcua-client';
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { Log, TagValue } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { nameOfType } from './convert.ts';
import { batches, inHalves } from './limits.ts';
import { nodeText, resolveNode } from './nodes.ts';
import { type OpcuaEnvironment, openSession, type Session } from './session.ts';
import { readTypes } from './types.ts';
import { tagValueOf } from './values.ts';

export interface BrowsedNode {
  /** 0 for what lies right under the node asked for. */
  readonly level: number;
  readonly name: string;
  /** As `node:` in the config. */
  readonly node: string;
  /** Built-in type; null for what is not a variable. */
  readonly type: string | null;
  readonly value: TagValue;
  readonly writable: boolean;
}

export interface BrowseOptions extends OpcuaEnvironment {
  readonly log: Log;
  /** Where to begin: a node id as in the config. The server's objects are i=85. */
  readonly node: string;
  /** Levels below `node`, from 1. */
  readonly depth: number;
  /** The nodes of the standard as well: what every server has to say about itself. Default: only where `node` is one of them. */
  readonly all?: boolean;
  /** Nodes at most; default: 5000. */
  readonly most?: number;
  readonly signal?: AbortSignal;
}

/** A whole plant in one answer helps nobody, and must not fill the memory of a gateway. */
const MOST_NODES = 5000;
/** Root, Objects, and Views of namespace 0: below them the plant's own nodes lie beside those of the standard. */
const ROOTS: ReadonlySet<string> = new Set(['84', '85', '87']);
/** Of the AccessLevel attribute, OPC 10000-3, 8.57. */
const CURRENT_WRITE = 2;

/** In tree order. Throws what openSession throws, and OPCUA_NODE_UNKNOWN for a start that is not there. */
export async function browse(server: string, config: Omit<OpcuaServerConfig, 'tags'>, options: BrowseOptions): Promise<BrowsedNode[]> {
  const { log, node, depth, all = false, most = MOST_NODES, signal = new AbortController().signal, ...env } = options;
  const session = await openSession({ server, config, env, log, signal });
  try {
    const start = resolveNode(session.ua, node, session.namespaces);
    if (!start) throw new LinesideError('OPCUA_NODE_UNKNOWN', { server, node, tag: 'browse' });
    const plantOnly = !all && (start.namespace !== 0 || ROOTS.has(String(start.value)));
    const children = await collect(session, start, { depth, plantOnly, most });
    const order = treeOrder(start, children);
    return await describe(session, order);
  } finally {
    await session.close();
  }
}

type Children = ReadonlyMap<string, readonly ReferenceDescription[]>;
interface Placed {
  readonly level: number;
  readonly reference: ReferenceDescription;
}

/** Level by level, so that each request asks about as many nodes as the server takes. */
async function collect(
  session: Session,
  start: NodeId,
  { depth, plantOnly, most }: { readonly depth: number; readonly plantOnly: boolean; readonly most: number },
): Promise<Children> {
  const children = new Map<string, readonly ReferenceDescription[]>();
  const seen = new Set([start.toString()]);
  let level: readonly NodeId[] = [start];
  for (let at = 0; at < depth && level.length > 0 && seen.size < most; at++) {
    const next: NodeId[] = [];
    for (const batch of batches(level, session.limits.browse)) {
      const found = await inHalves(batch, (some) => references(session, some));
      batch.forEach((parent, k) => {
        const wanted = (found[k] ?? []).filter(({ nodeId }) => !plantOnly || nodeId.namespace !== 0 || ROOTS.has(String(nodeId.value)));
        const fresh = wanted.filter(({ nodeId }) => seen.size < most && unseen(seen, nodeId.toString()));
        children.set(parent.toString(), fresh);
        next.push(...fresh.map(({ nodeId }) => nodeId));
      });
    }
    level = next;
  }
  return children;
}

function unseen(seen: Set<string>, id: string): boolean {
  const is = !seen.has(id);
  seen.add(id);
  return is;
}

async function references({ ua, client, call, server }: Session, nodes: readonly NodeId[]): Promise<ReferenceDescription[][]> {
  const question = (nodeId: NodeId) => ({
    nodeId,
    referenceTypeId: 'HierarchicalReferences',
    includeSubtypes: true,
    browseDirection: ua.BrowseDirection.Forward,
    nodeClassMask: ua.NodeClassMask.Object | ua.NodeClassMask.Variable,
    resultMask: 63,
  });
  const results: BrowseResult[] = await call(client.browse(nodes.map(question)));
  return Promise.all(
    results.map(async (first, at) => {
      if (first.statusCode.value !== 0) {
        throw new LinesideError('OPCUA_NODE_UNKNOWN', { server, node: String(nodes[at]), tag: 'browse' });
      }
      const all = [...(first.references ?? [])];
      let point = first.continuationPoint;
      while (point?.length && all.length < MOST_NODES) {
        const more = await call(client.browseNext(point, false));
        all.push(...(more.references ?? []));
        point = more.continuationPoint;
      }
      return all;
    }),
  );
}

function treeOrder(start: NodeId, children: Children): Placed[] {
  const order: Placed[] = [];
  const visit = (node: NodeId, level: number) => {
    for (const reference of children.get(node.toString()) ?? []) {
      order.push({ level, reference });
      visit(reference.nodeId, level + 1);
    }
  };
  visit(start, 0);
  return order;
}

async function describe(session: Session, order: readonly Placed[]): Promise<BrowsedNode[]> {
  const { ua, namespaces } = session;
  const variables = order.flatMap(({ reference }) => (reference.nodeClass === ua.NodeClass.Variable ? [reference.nodeId] : []));
  const types = await readTypes(session, variables);
  const values = await readAll(session, variables, ua.AttributeIds.Value);
  const access = await readAll(session, variables, ua.AttributeIds.UserAccessLevel);
  const position = new Map(variables.map((node, at) => [node.toString(), at]));
  return order.map(({ level, reference }) => {
    const at = position.get(reference.nodeId.toString());
    const type = at === undefined ? null : nameOfType(types[at] ?? 0);
    const value = at === undefined ? null : (tagValueOf(values[at]?.value) ?? null);
    const levels: unknown = at === undefined ? 0 : access[at]?.value.value;
    const writable = typeof levels === 'number' && (levels & CURRENT_WRITE) !== 0;
    return { level, name: reference.browseName.name ?? '', node: nodeText(reference.nodeId, namespaces), type, value, writable };
  });
}

async function readAll({ client, limits, call }: Session, nodes: readonly NodeId[], attributeId: number) {
  const answers = [];
  for (const batch of batches(nodes, limits.read)) {
    const read = (some: readonly NodeId[]) => call(client.read(some.map((nodeId) => ({ nodeId, attributeId }))));
    answers.push(...(await inHalves(batch, read)));
  }
  return answers;
}
