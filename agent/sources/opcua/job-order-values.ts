/**
 * Decoded ISA95JobOrderAndStateDataType structures as job orders. Whatever a server sends comes by here: nothing of it is trusted to have its type, and what is
 * long is cut before anything is made of it. Pure.
 */
import type { JobOrder } from '../../contracts/index.ts';

/** Entries of one list: what is planned together, and as many that must not start yet. */
const MOST_JOBS = 1000;
/** With those that are over, which a receiver may keep for long. */
const MOST_LISTED = 10_000;
/** Ended, Aborted. */
const OVER: ReadonlySet<unknown> = new Set([5, 6]);
/** Entries of a list within an order that are looked at. */
const MOST_WITHIN = 100;
/** Characters of an id or a number. */
const LONGEST = 128;

/** Or what is wrong, as the end of "the node …". */
export function jobOrdersIn(value: unknown): readonly JobOrder[] | string {
  if (value === null || value === undefined) return [];
  const list: readonly unknown[] | null = Array.isArray(value) ? value : null;
  if (!list) return 'is no list of job orders';
  if (list.length > MOST_LISTED) return `lists ${list.length} job orders, at most ${MOST_LISTED} are looked at`;
  const current = list.filter((one) => !OVER.has(stateOf(one)));
  if (current.length > MOST_JOBS) return `lists ${current.length} job orders that are not over, at most ${MOST_JOBS} are read`;
  const orders = current.map(jobOrderIn);
  const odd = list.indexOf(current[orders.indexOf(null)]);
  if (odd >= 0) return `holds something else than job orders at [${odd}]: its type is not the ISA95JobOrderAndStateDataType of OPC 10031-4`;
  return orders.filter((order) => order !== null);
}

function jobOrderIn(value: unknown): JobOrder | null {
  const order = fieldOf(value, 'JobOrder');
  const id = textOf(fieldOf(order, 'JobOrderID'));
  if (id === null) return null;
  const materials = listOf(fieldOf(order, 'MaterialRequirements'));
  return {
    id,
    state: stateOf(value),
    workMaster: textOf(fieldOf(listOf(fieldOf(order, 'WorkMasterID'))[0], 'ID')),
    start: instantOf(fieldOf(order, 'StartTime')),
    end: instantOf(fieldOf(order, 'EndTime')),
    priority: numberOf(fieldOf(order, 'Priority')),
    quantity: textOf(fieldOf(used(materials, 'produced'), 'Quantity')) ?? parameterOf(order, 'quantity'),
    material: textOf(fieldOf(used(materials, 'consumed'), 'MaterialDefinitionID')),
  };
}

const stateOf = (value: unknown): number | null => numberOf(fieldOf(listOf(fieldOf(value, 'State'))[0], 'StateNumber'));

/** MaterialUse as ISA-95, part 2, has it (`Produced`), or as B2MML writes it (`Material Produced`). */
const used = (materials: readonly unknown[], use: 'produced' | 'consumed'): unknown =>
  materials.find((one) => textOf(fieldOf(one, 'MaterialUse'))?.toLowerCase().endsWith(use));

function parameterOf(order: unknown, name: string): string | null {
  const found = listOf(fieldOf(order, 'JobOrderParameters')).find((one) => textOf(fieldOf(one, 'ID'))?.toLowerCase() === name);
  const value = fieldOf(found, 'Value');
  // A Variant; the value in it may be text or a number of any type.
  return textOf(fieldOf(value, 'value') ?? value);
}

/** Decoders begin names of fields with a small letter, in ways of their own (`iD`). */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const key = Object.keys(value).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : (value as Readonly<Record<string, unknown>>)[key];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MOST_WITHIN) : []);

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : null;
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** The beginning of 1601 is no time (OPC 10000-6, 5.2.2.5), and nobody plans before 1970. */
function instantOf(value: unknown): number | null {
  const at = value instanceof Date ? value.getTime() : Number.NaN;
  return at > 0 ? at : null;
}
