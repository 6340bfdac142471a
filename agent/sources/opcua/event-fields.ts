/** What is asked of every event, and what comes back in that order (OPC 10000-4, 7.22.3 and 7.25.3). Pure but for the library's classes. */
import type { EventFilter, NodeId, Variant } from 'node-opcua-client';
import { type MachineEvent, MOST_SAID } from '../../contracts/index.ts';
import type { Library } from './library.ts';

/** Types of namespace 0 that have the fields: BaseEventType, ConditionType, AcknowledgeableConditionType, AlarmConditionType. */
const BASE = 'i=2041';
const CONDITION = 'i=2782';
const ACKNOWLEDGEABLE = 'i=2881';
const ALARM = 'i=2915';

/** In this order. A server that does not know one of them gives Null for it. */
const FIELDS = [
  [BASE, 'EventId'],
  [BASE, 'EventType'],
  [BASE, 'SourceName'],
  [BASE, 'Time'],
  [BASE, 'Severity'],
  [BASE, 'Message'],
  [CONDITION, ''],
  [CONDITION, 'ConditionName'],
  [CONDITION, 'BranchId'],
  [CONDITION, 'Retain'],
  [ACKNOWLEDGEABLE, 'AckedState.Id'],
  [ALARM, 'ActiveState.Id'],
  [ALARM, 'ActiveState.TransitionTime'],
] as const;

/** `withMessage` false: of a server whose messages are larger than anything that is read here. */
export function eventFilter(ua: Library, withMessage: boolean): EventFilter {
  const { NodeId: nodeId, Value: value } = ua.AttributeIds;
  const selectClauses = FIELDS.map(([type, path]) => {
    // What is not to be sent is asked for under a name that nothing has, so that the others keep their places.
    const names = path === 'Message' && !withMessage ? ['NoMessage'] : path.split('.').filter((name) => name !== '');
    return new ua.SimpleAttributeOperand({
      typeDefinitionId: ua.coerceNodeId(type),
      browsePath: names.map((name) => new ua.QualifiedName({ name })),
      // ConditionId is the condition's own node (OPC 10000-9, 5.5.2.13).
      attributeId: names.length === 0 ? nodeId : value,
    });
  });
  return new ua.EventFilter({ selectClauses, whereClause: new ua.ContentFilter({ elements: [] }) });
}

/** RefreshStart, RefreshEnd, RefreshRequired, EventQueueOverflow: OPC 10000-9, 5.11, OPC 10000-5, 6.4.33. */
export type Notice = 'refresh start' | 'refresh end' | 'refresh required' | 'overflow';
const NOTICES: ReadonlyMap<number, Notice> = new Map([
  [2787, 'refresh start'],
  [2788, 'refresh end'],
  [2789, 'refresh required'],
  [3035, 'overflow'],
]);

/** Of an earlier state of a condition that somebody still has to acknowledge (a branch), null: the text of it was told when it was the state. */
export function eventOf(fields: readonly Variant[]): MachineEvent | Notice | null {
  const values = fields.map(({ value }): unknown => value);
  const [id, type, source, time, severity, message, condition, name, branch, ...state] = values;
  const notice = isNodeId(type) && type.namespace === 0 && typeof type.value === 'number' ? NOTICES.get(type.value) : undefined;
  if (notice !== undefined) return notice;
  if (isNodeId(branch) && !isNull(branch)) return null;
  return {
    eventId: Buffer.isBuffer(id) ? id.subarray(0, 64).toString('hex') : '',
    sourceName: textOf(source),
    message: textOf(message) ?? '',
    severity: typeof severity === 'number' ? severity : 1,
    time: timeOf(time),
    condition: conditionOf(condition, textOf(name), textOf(source), state),
  };
}

function conditionOf(
  id: unknown,
  name: string | null,
  source: string | null,
  [retain, acked, active, since]: readonly unknown[],
): MachineEvent['condition'] {
  const named = isNodeId(id) && !isNull(id) ? id.toString().slice(0, 256) : null;
  if (named === null && typeof active !== 'boolean' && typeof retain !== 'boolean') return null;
  return {
    // A server that does not say which condition it is: the source has one of that name.
    id: named ?? `${source ?? ''}/${name ?? ''}`,
    name,
    active: typeof active === 'boolean' ? active : retain === true,
    since: timeOf(since),
    acked: typeof acked === 'boolean' ? acked : null,
  };
}

const isNodeId = (value: unknown): value is NodeId => typeof value === 'object' && value !== null && 'namespace' in value;
const isNull = ({ namespace, value }: NodeId): boolean => namespace === 0 && (value === 0 || value === '');

/** Cut before anything else is done with it: a message may have megabytes. */
function textOf(value: unknown): string | null {
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : value;
  return typeof text === 'string' && text !== '' ? text.slice(0, MOST_SAID + 1) : null;
}

const NO_TIME_BEFORE = Date.UTC(1602, 0, 1);
const NO_TIME_FROM = Date.UTC(9999, 0, 1);
function timeOf(value: unknown): number | null {
  const at = value instanceof Date ? value.getTime() : Number.NaN;
  return at >= NO_TIME_BEFORE && at < NO_TIME_FROM ? at : null;
}
