import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, type Edge, SKEW, Trail } from '#agent/stations/pairing.js';

/** What a PLC does for one part, in the order of its program. */
interface Part {
  readonly text: string;
  /** ms since the line started: the name stands, the trigger rises, the trigger falls. */
  readonly named: number;
  readonly raised: number;
  readonly fell: number;
}

interface Notification {
  readonly arrived: number;
  /** A new session begins with it: the one before ended at this moment. */
  readonly gap?: number;
  readonly names: { readonly text: string; readonly at: number }[];
  readonly edges: { readonly text: string; readonly at: number; readonly rises: boolean }[];
}

type Stamps = 'fine' | 'none' | 'coarse' | 'burst';

/** Owners of all triggers, by the text that is theirs; null where the trail cannot tell. */
function namesOf(notifications: readonly Notification[], stamps: Stamps): { readonly own: string; readonly given: string | null }[] {
  const trail = new Trail({ taken: 'before' });
  trail.hear('before', stamps === 'none' ? null : -60_000, -1);
  const given: { own: string; given: string | null }[] = [];
  const waiting: { readonly edge: Edge; readonly own: string }[] = [];
  const stampOf = (at: number, arrived: number): number | null =>
    stamps === 'none' ? null : stamps === 'fine' ? at + 0.123 : stamps === 'coarse' ? Math.floor(at / 1000) * 1000 : arrived;
  const look = (now: number) => {
    for (let [head, next] = waiting; head; [head, next] = waiting) {
      const owner = trail.ownerOf(head.edge, next?.edge ?? null, now);
      if (owner === 'wait' || (owner === 'unsure' && now - head.edge.arrived < 100)) return;
      waiting.shift();
      const found: Change | null = typeof owner === 'string' ? null : owner;
      trail.settle(head.edge, found);
      given.push({ own: head.own, given: found?.text ?? null });
    }
  };
  for (const { arrived, names, edges, gap } of notifications) {
    // What does not come for a while is not waited for.
    look((gap ?? arrived) - 0.001);
    if (gap !== undefined) trail.interrupt(gap);
    look(arrived - 0.001);
    for (const { text, at } of names) trail.hear(text, stampOf(at, arrived), arrived);
    const rising = edges.filter(({ rises }) => rises);
    rising.forEach(({ text, at }, index) => {
      const open = index === rising.length - 1 && edges.at(-1)?.rises === true;
      waiting.push({ own: text, edge: { source: stampOf(at, arrived), arrived, size: rising.length, index, open } });
    });
    look(arrived);
  }
  look((notifications.at(-1)?.arrived ?? 0) + 10_000);
  return given;
}

/** The PLC's changes in notifications that end at the given moments, ascending; what lies between comes with the next. */
function send(parts: readonly Part[], ends: readonly number[]): Notification[] {
  const changes = parts
    .flatMap(({ text, named, raised, fell }) => [
      { text, at: named, does: 'name' as const },
      { text, at: raised, does: 'rise' as const },
      { text, at: fell, does: 'fall' as const },
    ])
    .sort((a, b) => a.at - b.at);
  const notifications: Notification[] = [];
  let next = 0;
  for (const { text, at, does } of changes) {
    while ((ends[next] ?? Number.POSITIVE_INFINITY) < at) next++;
    const arrived = (ends[next] ?? at) + 2;
    const open = notifications.at(-1);
    const mine = open?.arrived === arrived ? open : { arrived, names: [], edges: [] };
    if (mine !== open) notifications.push(mine);
    if (does === 'name') mine.names.push({ text, at });
    else mine.edges.push({ text, at, rises: does === 'rise' });
  }
  return notifications;
}

/** Names stand `lead` before their triggers; the next part's only when the one before has gone. */
const partsFrom = (gaps: readonly { lead: number; pulse: number; pause: number }[]): Part[] => {
  let now = 0;
  return gaps.map(({ lead, pulse, pause }, i) => {
    const named = now + pause;
    now = named + lead + pulse;
    return { text: `S${i}`, named, raised: named + lead, fell: now };
  });
};

const tenths = (min: number, max: number) => fc.integer({ min: min * 10, max: max * 10 }).map((n) => n / 10);
const Parts = fc
  .array(
    fc.record({
      lead: tenths(0.2, 15),
      pulse: tenths(2, 60),
      pause: tenths(0.5, 200),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map(partsFrom);

/** Moments at which the server sends: as each thing happens, in cycles, or long apart, as after a freeze of the box. */
const endsOf = (parts: readonly Part[], waits: readonly number[]): number[] => {
  const last = parts.at(-1)?.fell ?? 0;
  const ends: number[] = [];
  for (let at = 0, i = 0; at < last; i++) {
    at += waits[i % waits.length] ?? 1;
    ends.push(at);
  }
  return [...ends, last + 1];
};
const Waits = fc.array(fc.oneof(tenths(0.5, 20), tenths(20, 900)), {
  minLength: 1,
  maxLength: 30,
});

const foreign = (given: ReturnType<typeof namesOf>) => given.filter((each) => each.given !== null && each.given !== each.own);
const unnamed = (given: ReturnType<typeof namesOf>) => given.filter((each) => each.given === null);

describe('the name of a part', () => {
  it('is always known, and never foreign, where the PLC stamps what it sets', () => {
    fc.assert(
      fc.property(Parts, Waits, (parts, waits) => {
        const given = namesOf(send(parts, endsOf(parts, waits)), 'fine');
        expect(given.map((each) => each.given)).toEqual(parts.map(({ text }) => text));
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it.each(['none', 'burst', 'coarse'] as const)(
    'is never foreign, whatever comes together in a notification, with stamps: %s',
    (stamps) => {
      fc.assert(
        fc.property(Parts, Waits, (parts, waits) => {
          expect(foreign(namesOf(send(parts, endsOf(parts, waits)), stamps))).toEqual([]);
        }),
        { numRuns: 300, endOnFailure: true },
      );
    },
  );

  it('is known without stamps, too, where each change comes as it happens', () => {
    fc.assert(
      fc.property(Parts, (parts) => {
        const ends = parts.flatMap(({ named, raised, fell }) => [named, raised, fell]);
        expect(unnamed(namesOf(send(parts, ends), 'none'))).toEqual([]);
      }),
    );
  });

  it.each(['fine', 'none'] as const)('is never foreign where triggers were lost on the way, with stamps: %s', (stamps) => {
    fc.assert(
      fc.property(Parts, Waits, fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), (parts, waits, lost) => {
        const sent = send(parts, endsOf(parts, waits));
        const gone = new Set(parts.filter((_, i) => lost[i % lost.length]).map(({ text }) => text));
        const seen = sent.map((each) => ({ ...each, edges: each.edges.filter(({ text }) => !gone.has(text)) }));
        expect(foreign(namesOf(seen, stamps))).toEqual([]);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});

/** The session ends: of the notification at `from` the names came and the triggers did not. The next one begins `length` notifications later. */
function cut(sent: readonly Notification[], from: number, length: number): readonly Notification[] {
  const torn = sent[from];
  const away = sent.slice(from, from + length);
  const last = away.at(-1);
  if (torn === undefined || last === undefined) return sent;
  const name = sent
    .slice(0, from + length)
    .flatMap(({ names }) => names)
    .at(-1);
  const state = away.flatMap(({ edges }) => edges).at(-1);
  // What a new session tells first is how it stands: here the trigger first, and the name in a notification of its own.
  const rests = state?.rises === true ? [state] : [];
  return [
    ...sent.slice(0, from),
    { ...torn, edges: [] },
    { arrived: last.arrived + 0.02, gap: torn.arrived + 0.01, names: [], edges: rests },
    { arrived: last.arrived + 0.03, names: name ? [name] : [], edges: [] },
    ...sent.slice(from + length).map((each) => ({ ...each, arrived: each.arrived + 0.04 })),
  ];
}

/** A PLC that names its parts after their triggers, and the name of the part before as all that is known at first. */
const followersFrom = (gaps: readonly { lag: number; pulse: number; pause: number }[]): Part[] => {
  let now = 0;
  return gaps.map(({ lag, pulse, pause }, i) => {
    const raised = now + 45 + pause;
    now = raised + lag + pulse;
    return { text: `S${i}`, raised, named: raised + lag, fell: now };
  });
};
const Followers = fc
  .array(fc.record({ lag: tenths(0.2, 15), pulse: tenths(2, 60), pause: tenths(0, 200) }), { minLength: 1, maxLength: 40 })
  .map(followersFrom);

describe('the name of a part that is set after its trigger', () => {
  it.each(['fine', 'none'] as const)('is its own, from the first one on, with stamps: %s', (stamps) => {
    fc.assert(
      fc.property(Followers, (parts) => {
        const ends = parts.flatMap(({ named, raised, fell }) => [raised, named, fell]);
        expect(namesOf(send(parts, ends), stamps).map((each) => each.given)).toEqual(parts.map(({ text }) => text));
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('is never foreign, whatever comes together in a notification, where the PLC stamps what it sets', () => {
    fc.assert(
      fc.property(Followers, Waits, (parts, waits) => {
        expect(foreign(namesOf(send(parts, endsOf(parts, waits)), 'fine'))).toEqual([]);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});

describe('a name over a gap between two sessions', () => {
  it.each(['fine', 'none', 'burst'] as const)('is never one that was heard before it for a trigger after it, with stamps: %s', (stamps) => {
    fc.assert(
      fc.property(Parts, Waits, fc.nat(60), fc.integer({ min: 1, max: 20 }), (parts, waits, from, length) => {
        const sent = send(parts, endsOf(parts, waits));
        expect(foreign(namesOf(cut(sent, from % sent.length, length), stamps))).toEqual([]);
      }),
      { numRuns: 1000, endOnFailure: true },
    );
  });
});

describe('names after a gap between two sessions', () => {
  it.each(['fine', 'none'] as const)('are known again from the second part on, with stamps: %s', (stamps) => {
    fc.assert(
      fc.property(Parts, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 20 }), (parts, from, length) => {
        const first = partsFrom(Array.from({ length: 12 }, () => ({ lead: 2, pulse: 30, pause: 100 })));
        const start = 100 + (first.at(-1)?.fell ?? 0);
        const later = parts.map(({ named, raised, fell }, i) => ({
          text: `T${i}`,
          named: named + start,
          raised: raised + start,
          fell: fell + start,
        }));
        const all = [...first, ...later];
        const ends = all.flatMap(({ named, raised, fell }) => [named, raised, fell]);
        const given = namesOf(cut(send(all, ends), 3 * first.length + from, length), stamps);
        expect(foreign(given)).toEqual([]);
        expect(unnamed(given).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});

describe('a trail of names', () => {
  const edge = (source: number | null, arrived: number, more: Partial<Edge> = {}): Edge => ({
    source,
    arrived,
    size: 1,
    index: 0,
    open: true,
    ...more,
  });
  const textOf = (owner: ReturnType<Trail['ownerOf']>) => (typeof owner === 'string' ? owner : owner.text);

  it('does not take for the first trigger what was there before', () => {
    const trail = new Trail();
    trail.hear('S1', 1000, 5000);
    expect(trail.ownerOf(edge(9000, 9001), null, 9001)).toBe('unsure');
    trail.hear('S2', 8990, 9002);
    expect(textOf(trail.ownerOf(edge(9000, 9001), null, 9002))).toBe('S2');
  });

  it('takes for the first trigger what was set beside it, though nothing was heard before', () => {
    const trail = new Trail();
    trail.hear('S1', 8990, 9002);
    expect(textOf(trail.ownerOf(edge(9000, 9001), null, 9001))).toBe('S1');
  });

  /** The name of a part came, its trigger did not, since the session ended between the two at 2000. */
  const torn = (source: number | null) => {
    const trail = new Trail();
    trail.hear('S0', source === null ? null : 0, 1);
    trail.settle(edge(source === null ? null : 0.5, 1), trail.ownerOf(edge(source === null ? null : 0.5, 1), null, 1) as Change);
    trail.hear('S1', source, 1001);
    trail.interrupt(2000);
    return trail;
  };

  it('waits after a gap between two sessions for what the tag shows now', () => {
    const trail = torn(1000);
    const after = edge(9000, 9001);
    expect(trail.ownerOf(after, null, 9001)).toBe('unsure');
    trail.hear('S9', 8990, 9001);
    expect(textOf(trail.ownerOf(after, null, 9002))).toBe('S9');
    expect(trail.settle(after, trail.ownerOf(after, null, 9002) as Change)).toEqual([]);
  });

  it('asks after a gap, without times, of which part the tag tells', () => {
    const trail = torn(null);
    trail.hear('S9', null, 8900);
    expect(trail.ownerOf(edge(null, 9001), null, 9001)).toBe('unsure');
    expect(trail.unchangedAt(edge(null, 9001))?.text).toBe('S9');
    // Named before their triggers or after: both would fit.
    trail.hear('S10', null, 9005);
    expect(trail.ownerOf(edge(null, 9001), null, 9005 + SKEW)).toBe('unknown');
  });

  it('gives a trigger from before the gap what was heard before it, though it is asked for afterwards', () => {
    const trail = torn(1000);
    expect(textOf(trail.ownerOf(edge(1000.5, 1001), null, 3000))).toBe('S1');
  });

  it("leaves what is nobody's to the next trigger where the next session shows it still", () => {
    const trail = torn(8990);
    expect(trail.hear('S1', 8990, 9001)).toBe(true);
    expect(textOf(trail.ownerOf(edge(9000, 9001), null, 9002))).toBe('S1');
    const long = torn(1000);
    long.hear('S1', 1000, 9001);
    // It stands there since long before the trigger: of which part, has to be asked for.
    expect(long.ownerOf(edge(9000, 9001), null, 9002)).toBe('unsure');
    expect(long.unchangedAt(edge(9000, 9001))?.text).toBe('S1');
  });

  it('takes an empty value for no word of the new session', () => {
    const trail = torn(1000);
    trail.hear(null, 8000, 8001);
    expect(trail.ownerOf(edge(9000, 9001), null, 9001)).toBe('unsure');
    trail.hear('S9', 1500, 9002);
    expect(trail.ownerOf(edge(9000, 9001), null, 9002)).toBe('unsure');
  });

  it.each([1000, null])(
    'knows at once what came with the first trigger of a session, in one notification, with a time of the source: %s',
    (source) => {
      const trail = new Trail();
      trail.hear('S0', source === null ? null : 0, 1);
      trail.hear('S1', source, 1001);
      expect(textOf(trail.ownerOf(edge(source, 1001), null, 1001))).toBe('S1');
      expect(trail.ownerOf(edge(source, 1001, { open: false }), null, 1001)).toBe('unknown');
    },
  );

  it('takes at once what has the time of its trigger, though the tag showed something else before, and after a part without a name, too', () => {
    const trail = new Trail();
    trail.hear('17', 0, 1);
    trail.hear('0', 500, 501);
    for (let at = 1000; at <= 14_000; at += 1000) {
      // One batch: nothing tells which of the two texts is the name.
      trail.hear('A', at, at + 1);
      const owner = trail.ownerOf(edge(at, at + 1), null, at + 1);
      expect([at, textOf(owner)]).toEqual([at, 'A']);
      trail.settle(edge(at, at + 1), at === 5000 ? null : (owner as Change));
      trail.hear('0', at + 5, at + 6);
    }
    expect(trail.memory).toEqual({ taken: 'A', order: 'before', times: 1, arrivals: 0 });
  });

  it('does not take one time of name and trigger for naming before, where it has been after', () => {
    const trail = follower();
    trail.hear('S2', 2000, 2001);
    trail.settle(edge(2000, 2001), trail.ownerOf(edge(2000, 2001), null, 2001 + SKEW) as Change);
    expect(trail.memory).toMatchObject({ taken: 'S2', order: 'after', times: -1 });
  });

  it('learns what the tag shows between parts: no name, and what was learned with it as one is void', () => {
    const trail = new Trail({ taken: 'S0', order: 'before', arrivals: 10 });
    trail.hear('S0', null, 1);
    for (let n = 1; n <= 6; n++) {
      trail.hear('0', null, 100 * n);
      const mine = edge(null, 100 * n + 50);
      const owner = trail.ownerOf(mine, null, mine.arrived);
      trail.hear(`S${n}`, null, mine.arrived + 2);
      expect([n, textOf(owner)]).toEqual([n, n < 5 ? '0' : 'unsure']);
      if (n < 5) trail.settle(mine, owner as Change);
      else {
        // The name before was nobody's, and the tag was as good as empty since.
        expect(textOf(trail.ownerOf(mine, null, mine.arrived + 2 + SKEW))).toBe(`S${n}`);
        trail.settle(mine, trail.ownerOf(mine, null, mine.arrived + 2 + SKEW) as Change);
      }
    }
    expect(trail.memory).toEqual({ taken: 'S6', order: null, arrivals: -2, placeholder: '0' });
    const next = new Trail(trail.memory);
    expect(next.hear('0', null, 1)).toBe(false);
    next.hear('S7', null, 101);
    expect(textOf(next.ownerOf(edge(null, 101), null, 101))).toBe('S7');
  });

  it('asks for what came with a trigger only because all first values of a session come together', () => {
    const trail = torn(null);
    trail.hear('S1', null, 9001);
    const waiting = edge(null, 9001);
    expect(trail.ownerOf(waiting, null, 9001)).toBe('unsure');
    expect(trail.unchangedAt(waiting)?.text).toBe('S1');
  });

  it('learns from first values nothing of whether the PLC names parts before or after their triggers', () => {
    const trail = torn(1000);
    trail.hear('S9', 9005, 9010);
    const waiting = edge(9000, 9010);
    const owner = trail.ownerOf(waiting, null, 9010 + SKEW);
    expect(textOf(owner)).toBe('S9');
    trail.settle(waiting, owner as Change);
    trail.hear('S10', 9500, 9501);
    expect(textOf(trail.ownerOf(edge(10_000, 10_001), null, 10_001 + SKEW))).toBe('S10');
  });

  it.each([9005, null])('gives no trigger the name that came right after one that got none, with a time of the source: %s', (source) => {
    const trail = torn(source === null ? null : 1000);
    trail.hear('S1', source === null ? null : 1000, 8000);
    trail.settle(edge(source === null ? null : 9000, 9001), null);
    trail.hear('S2', source, 9006);
    const second = edge(source === null ? null : 10_000, 10_001);
    expect(trail.ownerOf(second, null, 10_001)).toBe('unsure');
    trail.hear('S3', source === null ? null : 10_005, 10_006);
    // Both fit: S2 where the PLC names parts before their triggers, S3 where it does so afterwards.
    expect(trail.ownerOf(second, null, 10_006 + SKEW)).toBe('unknown');
  });

  it.each([
    ['before', 'S9'],
    ['after', 'S10'],
  ] as const)('is in no doubt about a first value where it is known that the PLC names parts %s their triggers', (order, wanted) => {
    const stamped = new Trail({ taken: 'S1', order });
    stamped.hear('S9', 8000, 8500);
    expect(stamped.ownerOf(edge(9000, 9001), null, 9001)).toBe('unsure');
    stamped.hear('S10', 9010, 9011);
    expect(textOf(stamped.ownerOf(edge(9000, 9001), null, 9011 + SKEW))).toBe(wanted);
    const unstamped = (arrivals: number) => {
      const trail = new Trail({ taken: 'S1', arrivals: order === 'before' ? arrivals : -arrivals });
      trail.hear('S9', null, 8500);
      trail.hear('S10', null, 9011);
      return textOf(trail.ownerOf(edge(null, 9001), null, 9011 + SKEW));
    };
    expect([unstamped(9), unstamped(10)]).toEqual(['unknown', wanted]);
  });

  it('learns the order of a PLC by its times, and by arrival once it was the same ten times in a row', () => {
    const trail = new Trail({ taken: 'S0' });
    const part = (n: number, lag: number) => {
      const at = 1000 * n;
      if (lag < 0) trail.hear(`S${n}`, null, at + lag);
      const mine = edge(null, at);
      if (lag > 0) trail.hear(`S${n}`, null, at + lag);
      const owner = trail.ownerOf(mine, null, at + 50);
      trail.settle(mine, owner as Change);
      return textOf(owner);
    };
    trail.hear('S0', null, 1);
    expect(Array.from({ length: 12 }, (_, i) => part(i + 1, -5))).toEqual(Array.from({ length: 12 }, (_, i) => `S${i + 1}`));
    expect(trail.memory).toEqual({ taken: 'S12', order: null, arrivals: 10 });
    part(13, 5);
    expect(trail.memory).toEqual({ taken: 'S13', order: null, arrivals: -1 });
    const stamped = follower();
    expect(stamped.memory).toEqual({ taken: 'S1', order: 'after', times: -1, arrivals: -1 });
  });

  it('shows nothing of before a gap for what the tag shows now', () => {
    const trail = torn(1000);
    expect(trail.hear('S0', 0, 8000)).toBe(true);
    expect(trail.unchangedAt(edge(9000, 9001))?.text).toBe('S0');
  });

  it('does not take the name of a part that is done with for the next one, in a life and from one to the next', () => {
    const sessions = torn(1000);
    sessions.settle(edge(1000, 1001), sessions.unchangedAt(edge(1000, 1001)));
    const shown = edge(1100, 1101);
    sessions.settle(shown, sessions.unchangedAt(shown));
    for (const trail of [sessions, new Trail({ taken: 'S1' })]) {
      expect(trail.hear('S1', 1000, 8000)).toBe(true);
      expect(trail.ownerOf(edge(9000, 9001), null, 9001)).toBe('unsure');
      // It stays where nothing else comes: two parts of one name.
      expect(trail.unchangedAt(edge(9000, 9001))?.text).toBe('S1');
      trail.hear('S2', 9005, 9006);
      expect(textOf(trail.ownerOf(edge(9000, 9001), null, 9006 + SKEW))).toBe('S2');
    }
  });

  it('tells no names of before the gap as passed over', () => {
    const trail = torn(1000);
    trail.hear('S8', 8000, 9001);
    trail.hear('S9', 8990, 9001);
    const owner = trail.ownerOf(edge(9000, 9001), null, 9001);
    expect(textOf(owner)).toBe('S9');
    expect(trail.settle(edge(9000, 9001), owner as Change).map(({ text }) => text)).toEqual(['S8']);
  });

  it('does not take a second gap for the first', () => {
    const trail = torn(1000);
    trail.hear('S5', 5000, 5001);
    trail.interrupt(6000);
    expect(trail.ownerOf(edge(9000, 9001), null, 9001)).toBe('unsure');
    expect(trail.hear('S5', 5000, 9002)).toBe(true);
    expect(trail.hear('S5', 5000, 9003)).toBe(false);
  });

  it('does not reach into the next part after a long pause', () => {
    const trail = new Trail();
    trail.hear('S0', 0, 1);
    trail.settle(edge(0.5, 1), trail.ownerOf(edge(0.5, 1), null, 1) as Change);
    // The name of the part at 5000 was never sent; the next part comes 15 ms later.
    trail.hear('S2', 5010, 5011);
    expect(trail.ownerOf(edge(5000.5, 5001), null, 5012)).toBe('wait');
    expect(trail.ownerOf(edge(5000.5, 5001), edge(5015.5, 5016), 5016)).toBe('unknown');
    trail.settle(edge(5000.5, 5001), null);
    // Its own, or the one before's, whose PLC is late: known only where names have come first so far.
    expect(trail.ownerOf(edge(5015.5, 5016), null, 5016)).toBe('unsure');
    expect(trail.unchangedAt(edge(5015.5, 5016))).toBeNull();
  });

  it('takes a name that is set a little after its trigger, when no other trigger is near', () => {
    const trail = new Trail();
    trail.hear('S0', 0, 1);
    trail.settle(edge(1, 2), trail.ownerOf(edge(1, 2), null, 2) as Change);
    trail.hear('S1', 1010, 1011);
    expect(trail.ownerOf(edge(1000, 1001), null, 1012)).toBe('wait');
    const owner = trail.ownerOf(edge(1000, 1001), null, 1011 + SKEW);
    expect(textOf(owner)).toBe('S1');
    trail.settle(edge(1000, 1001), owner as Change);
    // It is known by now that this PLC names its parts afterwards: no need to wait, and what is left over is not the next one's.
    trail.hear('S2', 2005, 2006);
    expect(textOf(trail.ownerOf(edge(2000, 2001), null, 2006))).toBe('S2');
    trail.settle(edge(2000, 2001), trail.ownerOf(edge(2000, 2001), null, 2006) as Change);
    trail.hear('S3', 2505, 2506);
    expect(trail.ownerOf(edge(3000, 3001), null, 3001)).toBe('unsure');
    expect(trail.unchangedAt(edge(3000, 3001))).toBeNull();
  });

  it('gives nothing that came too late to be this part', () => {
    const trail = new Trail();
    trail.hear('S1', 1000 + SKEW + 1, 1030);
    expect(trail.ownerOf(edge(1000, 1001), null, 1031)).toBe('unknown');
    const unstamped = new Trail();
    unstamped.hear('S1', null, 1001 + SKEW + 1);
    expect(unstamped.ownerOf(edge(null, 1001), null, 1031)).toBe('unknown');
  });

  it('goes by the order of arrival when the clock of the PLC has stepped back', () => {
    const trail = new Trail();
    trail.hear('S1', 9_000_000, 10);
    trail.settle(edge(9_000_001, 11), trail.ownerOf(edge(9_000_001, 11), null, 11) as Change);
    trail.hear('S2', 5_400_000, 110);
    const stepped = edge(5_400_001, 111);
    expect(textOf(trail.ownerOf(stepped, null, 111))).toBe('S2');
    trail.settle(stepped, trail.ownerOf(stepped, null, 111) as Change);
    trail.hear('S3', 5_400_100, 210);
    expect(textOf(trail.ownerOf(edge(5_400_101, 211), null, 211))).toBe('S3');
  });

  it('tells the names that were passed over, and gives each but once', () => {
    const trail = new Trail();
    for (const [i, text] of ['S1', 'S2', 'S3'].entries()) trail.hear(text, 100 * i, 100 * i + 1);
    const owner = trail.ownerOf(edge(201, 202), null, 202);
    expect(textOf(owner)).toBe('S3');
    expect(trail.settle(edge(201, 202), owner as Change).map(({ text }) => text)).toEqual(['S1', 'S2']);
    expect(trail.ownerOf(edge(301, 302), null, 302)).toBe('unsure');
    expect(trail.unchangedAt(edge(301, 302))).toBeNull();
  });

  it.each([
    [950, 'S12'],
    [1000, null],
    [1010, null],
  ])(
    'takes the same again for a name that is late until names are surely set first, or once it was so twice: set at %d, %s',
    (set, wanted) => {
      const trail = new Trail({ taken: 'S0' });
      const part = (n: number, text: string | null) => {
        if (text !== null) trail.hear(text, 1000 * (n - 1) + set, 1000 * (n - 1) + Math.max(set, 1000));
        const mine = edge(1000 * n, 1000 * n);
        const owner = trail.ownerOf(mine, null, 1000 * n + 2 * SKEW);
        const taken = owner === 'unsure' ? trail.unchangedAt(mine) : (owner as Change);
        trail.settle(mine, taken);
        return taken?.text ?? null;
      };
      for (let n = 1; n <= 12; n++) expect(part(n, `S${n}`)).toBe(`S${n}`);
      expect(part(13, null)).toBe(wanted);
      expect([part(14, null), part(15, null)]).toEqual(['S12', 'S12']);
      // From here on it is believed at once, until ten in a row have had names of their own.
      expect(trail.memory.repeats).toBe(true);
      const again = [16, 17, 18].map((n) => part(n, n === 16 ? 'S16' : null));
      expect(again.slice(1)).toEqual(['S16', 'S16']);
      for (let n = 19; n <= 32; n++) part(n, `S${n}`);
      expect(trail.memory.repeats).toBeUndefined();
    },
  );

  it.each([true, false])(
    'gives the first part of a life no name of the life before, where each had one that followed its trigger: %s',
    (stamped) => {
      const first = edge(stamped ? 20_000 : null, 20_001);
      const sameAgain = (memory: ConstructorParameters<typeof Trail>[0]) => {
        const trail = new Trail({ taken: 'S9', ...memory });
        trail.hear('S9', stamped ? 9000 : null, 15_000);
        expect(trail.ownerOf(first, null, 20_001 + SKEW)).toBe('unsure');
        return trail.unchangedAt(first)?.text ?? null;
      };
      const follows = stamped ? ({ order: 'after', times: -3, arrivals: 2 } as const) : { arrivals: -3 };
      expect([sameAgain(follows), sameAgain({ ...follows, repeats: true }), sameAgain({})]).toEqual([null, 'S9', 'S9']);
    },
  );

  it('gives no trigger a name that the tag had lost before it, whether or not it was anybody’s', () => {
    for (const [source, gone, at] of [
      [100, 150, 200],
      [null, null, null],
    ] as const) {
      const trail = new Trail({ taken: 'S0', order: 'before', arrivals: 10 });
      trail.hear('S0', source === null ? null : 0, 1);
      trail.hear('S1', source, 101);
      trail.clear(gone, 151);
      expect(trail.text).toBeNull();
      expect(trail.ownerOf(edge(at, 201), null, 400)).toBe('unsure');
      expect(trail.unchangedAt(edge(at, 201))).toBeNull();
      // One that came before it was emptied has it all the same, though it be looked at late.
      expect(textOf(trail.ownerOf(edge(source === null ? null : 101, 150), null, 400))).toBe('S1');
    }
  });

  it('goes by the times at the source where name, emptying and trigger came in one notification', () => {
    const trail = new Trail({ taken: 'S0' });
    trail.hear('S0', 0, 1);
    trail.hear('S1', 100, 300);
    trail.clear(120, 300);
    expect(textOf(trail.ownerOf(edge(110, 300), null, 300))).toBe('S1');
    expect(trail.ownerOf(edge(130, 300), null, 300)).toBe('unsure');
    expect(textOf(trail.ownerOf(edge(null, 300), null, 300))).toBe('S1');
  });

  it('hears a value once, and no name in an empty one', () => {
    const trail = new Trail();
    expect([trail.hear('S1', 0, 0), trail.hear('S1', 5, 5), trail.hear(null, 6, 6), trail.hear('S1', 7, 7)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(trail.text).toBe('S1');
  });

  /** A PLC that has named one part after its trigger, at 1000. */
  const follower = () => {
    const trail = new Trail();
    trail.hear('S0', 0, 1);
    trail.settle(edge(1, 2), trail.ownerOf(edge(1, 2), null, 2) as Change);
    trail.hear('S1', 1010, 1011);
    trail.settle(edge(1000, 1001), trail.ownerOf(edge(1000, 1001), null, 1011 + SKEW) as Change);
    return trail;
  };
  /** Without times: a part that got its name, at 1. */
  const unstamped = (arrivals = 0) => {
    const trail = new Trail({ taken: 'before', arrivals });
    trail.hear('before', null, 0);
    trail.hear('S0', null, 1);
    trail.settle(edge(null, 1), trail.ownerOf(edge(null, 1), null, 1) as Change);
    return trail;
  };

  it('pairs in sequence what came in one notification, as long as there is one name for each', () => {
    const trail = unstamped();
    for (const text of ['S1', 'S2']) trail.hear(text, null, 50);
    const first = edge(null, 50, { size: 2, index: 0, open: false });
    const second = edge(null, 50, { size: 2, index: 1, open: false });
    expect(textOf(trail.ownerOf(first, second, 50))).toBe('S1');
    trail.settle(first, trail.ownerOf(first, second, 50) as Change);
    expect(textOf(trail.ownerOf(second, null, 50))).toBe('S2');
  });

  it.each([
    [1031, 'S1'],
    [1030, 'unknown'],
    [1010, 'unknown'],
    [1005, 'unknown'],
  ])('takes a name that came after its trigger at once where the next trigger, at %d, is not as near: %s', (next, wanted) => {
    const trail = new Trail();
    trail.hear('S0', 0, 1);
    trail.settle(edge(1, 2), trail.ownerOf(edge(1, 2), null, 2) as Change);
    trail.hear('S1', 1010, 1011);
    expect(textOf(trail.ownerOf(edge(1000, 1001), edge(next, next + 1), 1011))).toBe(wanted);
  });

  it.each([
    [2015, 'S2'],
    [2009, 'unknown'],
  ])('knows whose it is by how the PLC does it, unless the next trigger, at %d, came before it: %s', (next, wanted) => {
    const trail = follower();
    trail.hear('S2', 2010, 2011);
    expect(textOf(trail.ownerOf(edge(2000, 2001), edge(next, next + 1), 2011))).toBe(wanted);
  });

  it.each([2999.97, 3000.03])('does not go by the place in a notification that is stamped when it is sent: at %d', (stamp) => {
    const trail = follower();
    trail.settle(edge(2000, 2001), null);
    // What the part before was called waited with this trigger for an answer of the agent.
    trail.hear('S2', stamp, 3001);
    const mine = edge(3000, 3001);
    expect(trail.ownerOf(mine, null, 3001 + SKEW)).toBe('unsure');
    expect(trail.unchangedAt(mine)).toBeNull();
    trail.hear('S3', 3008, 3009);
    expect(textOf(trail.ownerOf(mine, null, 3009 + SKEW))).not.toBe('S2');
  });

  it('waits for a name that is on its way, where names are heard after their triggers', () => {
    const trail = new Trail({ taken: 'S0', order: 'before', arrivals: -5 });
    trail.hear('S0', 0, 1);
    trail.hear('S1', 1000, 1001);
    expect(trail.ownerOf(edge(1090, 1091), null, 1091)).toBe('wait');
    trail.hear('S2', 1085, 1100);
    expect(textOf(trail.ownerOf(edge(1090, 1091), null, 1100))).toBe('S2');
  });

  it('is in doubt about a first value that is old where names have come right before their triggers, and another one right after this', () => {
    const trail = new Trail({ taken: 'S0', order: 'before' });
    trail.hear('S0', 0, 1);
    trail.hear('S1', 990, 991);
    trail.settle(edge(1000, 1001), trail.ownerOf(edge(1000, 1001), null, 1001) as Change);
    trail.interrupt(2000);
    trail.hear('S8', 8000, 8500);
    trail.hear('S9', 9005, 9006);
    expect(trail.ownerOf(edge(9000, 9001), null, 9006 + SKEW)).toBe('unknown');
  });

  it('knows that parts have names in common where one was refused the same again, and nothing came late', () => {
    for (const late of [true, false]) {
      const trail = new Trail({ taken: 'S0' });
      trail.hear('S0', 0, 1);
      trail.hear('S1', 1000, 1001);
      trail.settle(edge(1000, 1001), trail.ownerOf(edge(1000, 1001), null, 1001) as Change);
      const refused = edge(2000, 2001);
      expect(trail.unchangedAt(refused)).toBeNull();
      trail.settle(refused, null);
      if (late) trail.hear('S2', 2040, 2041);
      trail.hear('S3', 3000, 3001);
      trail.settle(edge(3000, 3001), null);
      expect(trail.memory.repeats).toBe(late ? undefined : true);
    }
  });

  it('gives a trigger the name that follows it, where names do, though another one came right before it: that part was not seen', () => {
    const trail = follower();
    trail.hear('S2', 2985, 3002);
    trail.hear('S3', 3008, 3009);
    expect(textOf(trail.ownerOf(edge(3000, 3001), null, 3009))).toBe('S3');
    // Not known: both fit.
    const young = new Trail({ taken: 'S0' });
    young.hear('S1', 2900, 2901);
    young.hear('S2', 3008, 3009);
    expect(young.ownerOf(edge(3000, 3001), null, 3009)).toBe('unknown');
  });

  it('takes a name right before its trigger although this PLC names parts afterwards', () => {
    const trail = follower();
    trail.hear('S2', 2980, 2981);
    expect(trail.ownerOf(edge(3000, 3001), null, 3001)).toBe('wait');
    expect(textOf(trail.ownerOf(edge(3000, 3001), null, 3001 + SKEW))).toBe('S2');
    trail.settle(edge(3000, 3001), trail.ownerOf(edge(3000, 3001), null, 3001 + SKEW) as Change);
    // So it does both: what stands there before a trigger is its own again, at once where it is near.
    trail.hear('S3', 3985, 3986);
    expect(textOf(trail.ownerOf(edge(4000, 4001), null, 4001))).toBe('S3');
    trail.settle(edge(4000, 4001), trail.ownerOf(edge(4000, 4001), null, 4001) as Change);
    trail.hear('S4', 4500, 4501);
    expect(trail.ownerOf(edge(5000, 5001), null, 5001)).toBe('wait');
    expect(textOf(trail.ownerOf(edge(5000, 5001), null, 5001 + SKEW))).toBe('S4');
  });

  it('does not take it for naming afterwards when both have one time', () => {
    const trail = new Trail();
    trail.hear('S0', 1000, 1001);
    trail.settle(edge(1000, 1001), trail.ownerOf(edge(1000, 1001), null, 1001) as Change);
    trail.hear('S1', 1500, 1501);
    expect(textOf(trail.ownerOf(edge(2000, 2001), null, 2001 + SKEW))).toBe('S1');
  });

  it('leaves nothing of what stood before a trigger without a name to the next one, but what came after it', () => {
    const trail = new Trail({ order: 'before', times: 1 });
    for (const [text, at] of [
      ['S0', 0],
      ['S1', 900],
      ['S2', 1000],
      ['S3', 1025],
    ] as const)
      trail.hear(text, at, at + 1);
    trail.ownerOf(edge(1000, 1001), edge(1026, 1027), 1002);
    expect(trail.settle(edge(1000, 1001), null)).toEqual([]);
    const owner = trail.ownerOf(edge(1026, 1027), null, 1027);
    expect(textOf(owner)).toBe('S3');
    // Nothing was passed over: it was given up.
    expect(trail.settle(edge(1026, 1027), owner as Change)).toEqual([]);
  });

  it.each([
    [10, 'S2'],
    [0, 'unsure'],
    [-10, 'unsure'],
  ])(
    'leaves what came after a trigger without a name, without times, to the next one only where names come first: %d, %s',
    (arrivals, wanted) => {
      const trail = unstamped(arrivals);
      trail.hear('S1', null, 100);
      trail.hear('S2', null, 103);
      trail.settle(edge(null, 100), null);
      for (const at of [104, 900]) expect(textOf(trail.ownerOf(edge(null, at), null, at))).toBe(wanted);
    },
  );

  it.each([
    [10, false, 'S2'],
    [10, true, 'unsure'],
    [0, false, 'unsure'],
    [0, true, 'unsure'],
  ])(
    'leaves the last name of a notification to the next trigger where names come first and the next part had begun in it: %d, open %s, %s',
    (arrivals, open, wanted) => {
      const trail = unstamped(arrivals);
      for (const text of ['S1', 'S2']) trail.hear(text, null, 100);
      trail.settle(edge(null, 100, { open }), null);
      expect(textOf(trail.ownerOf(edge(null, 200), null, 200))).toBe(wanted);
    },
  );

  it.each([
    [10, 'S3'],
    [0, 'unsure'],
  ])(
    'gives up the names of a notification with the last of its triggers only, whose name the last is where names come first: %d, %s',
    (arrivals, wanted) => {
      const trail = unstamped(arrivals);
      for (const text of ['S1', 'S2', 'S3']) trail.hear(text, null, 100);
      const [first, last] = [edge(null, 100, { size: 2, index: 0, open: false }), edge(null, 100, { size: 2, index: 1 })];
      expect(trail.ownerOf(first, last, 100)).toBe('unknown');
      trail.settle(first, null);
      expect(textOf(trail.ownerOf(last, null, 100))).toBe(wanted);
    },
  );

  it('cannot tell without times which of two triggers a name of before is of, nor one after the first of them', () => {
    const trail = unstamped();
    trail.hear('S1', null, 50);
    const [first, last] = [edge(null, 100, { size: 2, index: 0, open: false }), edge(null, 100, { size: 2, index: 1 })];
    expect(textOf(trail.ownerOf(first, last, 100))).toBe('S1');
    const other = unstamped();
    other.hear('S1', null, 110);
    expect(other.ownerOf(first, last, 110)).toBe('unknown');
    expect(textOf(other.ownerOf(last, null, 110 + SKEW))).toBe('S1');
  });

  it.each([
    [120, 'S1'],
    [121, 'unknown'],
  ])('takes without times a name that came up to 20 ms after its trigger: at %d %s', (arrived, wanted) => {
    const trail = unstamped();
    trail.hear('S1', null, arrived);
    expect(textOf(trail.ownerOf(edge(null, 100), null, 200))).toBe(wanted);
  });

  it('goes by order where two triggers have one time, or one name has none', () => {
    const same = new Trail({ taken: 'S0' });
    for (const text of ['S0', 'S1', 'S2']) same.hear(text, 1000, 1001);
    const [first, last] = [edge(1000, 1001, { size: 2, index: 0, open: false }), edge(1000, 1001, { size: 2, index: 1, open: false })];
    expect(textOf(same.ownerOf(first, last, 1001))).toBe('S1');
    const some = new Trail();
    some.hear('S1', 900, 901);
    some.hear('S2', null, 990);
    expect(textOf(some.ownerOf(edge(1000, 1001), null, 1001))).toBe('S2');
  });

  it('shows what the tag showed at a trigger, also to one without a time', () => {
    const trail = follower();
    trail.hear('S2', 1500, 1501);
    expect(trail.unchangedAt(edge(2000, 2001))).toBeNull();
    expect(trail.unchangedAt(edge(1515, 1516))?.text).toBe('S2');
    expect(trail.unchangedAt(edge(null, 2001))?.text).toBe('S2');
    const nothing = new Trail();
    expect(nothing.unchangedAt(edge(1, 2))).toBeNull();
    nothing.hear(null, 0, 1);
    expect(nothing.unchangedAt(edge(1, 2))).toBeNull();
    expect(nothing.text).toBeNull();
  });

  it('keeps 2048 names that nobody has asked for', () => {
    for (const [names, wanted] of [
      [2048, 'S1'],
      [2049, 'unknown'],
    ] as const) {
      const trail = new Trail({ arrivals: 10 });
      for (let i = 1; i <= names; i++) trail.hear(`S${i}`, null, 100);
      expect(textOf(trail.ownerOf(edge(null, 100, { size: names, index: 0, open: false }), null, 100))).toBe(wanted);
    }
  });
});
