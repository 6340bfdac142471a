/** Node ids as the config writes them: namespace by URI (survives a server whose namespaces change places) or by index. */
import type { NodeId } from 'node-opcua-client';
import type { Library } from './library.ts';

/** nsu=, ns= or neither (namespace 0), then the identifier: OPC 10000-6, 5.3.1.10 and 5.3.1.11. */
const NODE = /^(?:nsu=([^;]+);|ns=(\d+);)?([isgb]=.+)$/s;

/** The node id in this session's namespace indices; null when the server has no such namespace or the identifier is malformed. */
export function resolveNode(ua: Library, text: string, namespaces: readonly string[]): NodeId | null {
  const [, uri, index, identifier] = NODE.exec(text) ?? [];
  const namespace = uri === undefined ? Number(index ?? 0) : namespaces.indexOf(unescapeUri(uri));
  if (identifier === undefined || namespace < 0) return null;
  try {
    return ua.coerceNodeId(`ns=${namespace};${identifier}`);
  } catch {
    return null;
  }
}

/** The form that goes into a config: `nsu=` for every namespace but the standard one. */
export function nodeText(node: NodeId, namespaces: readonly string[]): string {
  const identifier = node.toString().replace(/^ns=\d+;/, '');
  const uri = namespaces[node.namespace];
  if (node.namespace === 0) return identifier;
  return uri === undefined ? `ns=${node.namespace};${identifier}` : `nsu=${escapeUri(uri)};${identifier}`;
}

const escapeUri = (uri: string): string => uri.replaceAll('%', '%25').replaceAll(';', '%3B');
const unescapeUri = (uri: string): string => uri.replaceAll('%3B', ';').replaceAll('%25', '%');
