/**
 * The list of job orders of an OPC UA server (JobOrderList of ISA95JobOrderReceiverObjectType, OPC 10031-4, 6.2.1), over a session of its own: a list that is
 * larger than a message may be, or that cannot be decoded, ends this session, and never the one that tags come by. Structures are decoded by the definition
 * that the server itself gives of them (OPC 10000-3, 8.48).
 */
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { JobOrderSource, Log } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { jobOrdersIn } from './job-order-values.ts';
import { nodeText, resolveNode } from './nodes.ts';
import { type OpcuaEnvironment, openSession, type Session } from './session.ts';

export interface JobOrdersOptions {
  readonly server: string;
  readonly config: Omit<OpcuaServerConfig, 'tags'>;
  /** The variable, or the object that has it. */
  readonly node: string;
  readonly every: Milliseconds;
  readonly env: OpcuaEnvironment;
  readonly log: Log;
}

export const createJobOrderSource = (options: JobOrdersOptions): JobOrderSource => ({
  run: async (ctx, signal) => {
    const { server, config, env, log, every } = options;
    const session = await openSession({ server, config, env, log, signal });
    const life = new AbortController();
    const stop = () => life.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      session.onLost((fault) => life.abort(fault));
      const node = await listIn(session, options.node);
      for (let first = true; !life.signal.aborted; first = false) {
        ctx.take(await readList(session, node));
        if (first) ctx.online();
        await env.clock.sleep(every, life.signal).catch(() => {});
      }
      if (!signal.aborted) throw life.signal.reason;
    } finally {
      signal.removeEventListener('abort', stop);
      await session.close();
    }
  },
});

const LIST = 'JobOrderList';
type Node = NonNullable<ReturnType<typeof resolveNode>>;

/** Whoever names the receiver means its list. Throws ORDERS_INVALID. */
async function listIn(session: Session, text: string): Promise<Node> {
  const { ua, client, namespaces, server } = session;
  const node = resolveNode(ua, text, namespaces);
  if (!node) throw invalid(server, `the server has no node ${text}`);
  const nodeClass = await session.call(client.read({ nodeId: node, attributeId: ua.AttributeIds.NodeClass }));
  if (nodeClass.statusCode.isNotGood()) throw invalid(server, `the server has no node ${text} (${nodeClass.statusCode.name})`);
  if (nodeClass.value.value === ua.NodeClass.Variable) return node;
  const found = await session.call(client.browse({ nodeId: node, browseDirection: ua.BrowseDirection.Forward, resultMask: 63 }));
  const list = found.references?.find(({ browseName }) => browseName.name === LIST);
  if (!list) throw invalid(server, `${text} is no receiver of job orders: it has no ${LIST}`);
  return list.nodeId;
}

/** Throws ORDERS_INVALID where what is there is no such list. */
async function readList(session: Session, node: Node) {
  const { ua, client, namespaces, server } = session;
  const { value, statusCode } = await session.call(client.read({ nodeId: node, attributeId: ua.AttributeIds.Value }));
  const name = nodeText(node, namespaces);
  if (statusCode.isNotGood()) throw invalid(server, `${name} has no value (${statusCode.name})`);
  const read = jobOrdersIn(value.value);
  if (typeof read === 'string') throw invalid(server, `${name} ${read}`);
  return read;
}

const invalid = (server: string, why: string) => new LinesideError('ORDERS_INVALID', { file: `the job orders of ${server}`, why });
