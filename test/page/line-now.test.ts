/** What the page makes of the live stream, without a browser. */
import { describe, expect, it } from 'vitest';
import { after, type LineNow, type LiveEvent, NOTHING, RECENT } from '../../agent/web/page/api/line-now.ts';
import type { Inspection } from '../../agent/web/page/api/types.ts';
import { isDead } from '../../agent/web/page/views/tags/order.ts';

const part = (sequence: number, id = `i${sequence}`) =>
  ({ event: 'inspection', data: { id, station: 'outlet', sequence } as Inspection }) as const;
const told = (...events: readonly LiveEvent[]): LineNow => events.reduce(after, NOTHING);
const sequences = ({ recent }: LineNow) => recent['outlet']?.map(({ sequence }) => sequence);

describe('the last parts of a station', () => {
  it('are the newest, each once, in the order of their sequence however they come', () => {
    const all = Array.from({ length: RECENT + 3 }, (_, i) => part(i + 1));
    expect(sequences(told(...all, part(2), part(RECENT + 2)))).toEqual(Array.from({ length: RECENT }, (_, i) => i + 4));
    expect(sequences(told(part(3), part(1), part(2), part(2)))).toEqual([1, 2, 3]);
  });

  it('are forgotten where something was left out: a gap is not shown as none, and a new journal counts from one', () => {
    const skipped = { event: 'skipped', data: { count: null, newest: 'n2' } } as const;
    expect(sequences(told(part(900), skipped, part(1, 'n1'), part(2, 'n2')))).toEqual([1, 2]);
  });
});

it('a tag is dead where nothing came, or its server does not know or is away: one that has not changed for a day is not', () => {
  const parts = { 'opcua/plc': { status: 'running', restarts: 0 }, 'opcua/robot': { status: 'degraded', restarts: 2 } };
  const dead = (tag: string) => (['good', 'uncertain', 'bad', 'none'] as const).filter((quality) => isDead({ tag, quality }, parts));
  expect(dead('plc.speed')).toEqual(['bad', 'none']);
  expect(dead('robot.speed')).toEqual(['good', 'uncertain', 'bad', 'none']);
});
