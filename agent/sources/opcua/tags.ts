/** The configured tags as nodes of this session. */
import type { NodeId } from 'node-opcua-client';
import type { TagConfig } from '../../config/schema.ts';
import { LinesideError } from '../../errors.ts';
import { resolveNode } from './nodes.ts';
import type { Session } from './session.ts';
import { readTypes } from './types.ts';

export interface Tag {
  readonly name: string;
  readonly config: TagConfig;
  readonly node: NodeId;
  /** Built-in type, asked for what is written or has a deadband only; 0: unknown. */
  readonly type: number;
}

/** What can be resolved; the rest goes to `fault` one by one. */
export async function resolveTags(
  session: Session,
  configs: Readonly<Record<string, TagConfig>>,
  fault: (tag: string, error: LinesideError) => void,
): Promise<readonly Tag[]> {
  const found: Tag[] = [];
  for (const [name, config] of Object.entries(configs)) {
    const node = resolveNode(session.ua, config.node, session.namespaces);
    if (node) found.push({ name, config, node, type: 0 });
    else fault(name, unknownNode(session.server, name, config));
  }
  const typed = found.filter(({ config }) => config.writable || config.deadband !== undefined);
  const types = await readTypes(
    session,
    typed.map(({ node }) => node),
  );
  const typeOf = new Map(typed.map(({ name }, at) => [name, types[at] ?? 0]));
  return found.map((tag) => ({ ...tag, type: typeOf.get(tag.name) ?? 0 }));
}

/** Of one monitored item (OPC 10000-4, 5.13.2.4), by what somebody can do about it; for any other the server's own log is what helps. */
const REFUSALS = [
  [/^BadNodeId/, 'OPCUA_NODE_UNKNOWN'],
  [/^Bad(TooManyMonitoredItems|OutOfMemory|ResourceUnavailable)$/, 'OPCUA_ITEMS_FULL'],
  [/^Bad(UserAccessDenied|NotReadable|SecurityModeInsufficient)$/, 'OPCUA_TAG_DENIED'],
  [/^BadAttributeIdInvalid$/, 'OPCUA_NO_VARIABLE'],
] as const;

/** `status`: why the server does not monitor the tag, BadUserAccessDenied. */
export function refusedItem(server: string, { name: tag, config: { node } }: Tag, status: string): LinesideError {
  const code = REFUSALS.find(([pattern]) => pattern.test(status))?.[1] ?? 'OPCUA_ITEM_REFUSED';
  return new LinesideError(code, { server, tag, node, status });
}

export const unknownNode = (server: string, tag: string, { node }: TagConfig): LinesideError =>
  new LinesideError('OPCUA_NODE_UNKNOWN', { server, tag, node });
