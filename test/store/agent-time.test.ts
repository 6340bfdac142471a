import { describe, expect, it } from 'vitest';
import { AgentTime, momentBefore } from '#agent/store/agent-time.js';
import { Days, Hours, Seconds } from '#agent/time.js';

/** A box whose clock may be set, apart from its monotonic one. */
function box(wall: number) {
  const at = { wall, elapsed: 0 };
  const pass = (ms: number) => {
    at.wall += ms;
    at.elapsed += ms;
  };
  return { at, pass, clock: { now: () => at.wall, elapsed: () => at.elapsed } };
}
const NOON = Date.UTC(2027, 5, 1, 12);
/** As the agent does: it looks every few seconds. */
function live(time: AgentTime, pass: (ms: number) => void, ms: number): number {
  for (let left = ms; left > 0; left -= Hours(1)) {
    pass(Math.min(left, Hours(1)));
    time.now();
  }
  return time.now();
}

describe('the agent’s own time', () => {
  it('begins with the box’s clock and moves on with it', () => {
    const { clock, pass } = box(NOON);
    const time = new AgentTime(clock, null);
    expect(time.now()).toBe(NOON);
    expect(live(time, pass, Days(3))).toBe(NOON + Days(3));
    expect(time.doubted).toBeNull();
    expect(time.mark.spans).toEqual([]);
  });

  it('never goes back, and meets a clock that was set back by going a tenth slower', () => {
    const { at, clock, pass } = box(NOON);
    const time = new AgentTime(clock, null);
    at.wall -= Hours(3);
    expect(time.now()).toBe(NOON);
    expect(live(time, pass, Hours(1))).toBe(NOON + Hours(0.9));
    expect(time.doubted).toBeNull();
    expect(live(time, pass, Hours(29))).toBe(NOON + Hours(27));
    expect(live(time, pass, Hours(1))).toBe(at.wall);
    expect(time.mark.spans).toEqual([]);
    at.wall -= Days(2);
    expect(live(time, pass, Hours(1))).toBe(NOON + Hours(29));
    expect(time.doubted).toEqual({ wall: NOON + Hours(29) - Days(2), own: NOON + Hours(29) });
  });

  it('follows a clock that is ahead by up to a day', () => {
    const { at, clock } = box(NOON);
    const time = new AgentTime(clock, null);
    at.wall += Days(1);
    expect(time.now()).toBe(NOON + Days(1));
    at.wall += Days(1) + 1;
    expect(time.now()).toBe(NOON + Days(1));
    expect(time.doubted).toEqual({ wall: NOON + Days(2) + 1, own: NOON + Days(1) });
  });

  it('counts no time for a jump within the day that it saw', () => {
    const { at, clock, pass } = box(NOON);
    const time = new AgentTime(clock, null);
    live(time, pass, Hours(2));
    at.wall += Hours(20);
    expect(time.now()).toBe(NOON + Hours(22));
    expect(momentBefore(NOON + Hours(22), Hours(1), time.mark.spans)).toBe(NOON + Hours(1));
    // Back, and there again: that far it has come already.
    at.wall -= Hours(20);
    live(time, pass, Hours(1));
    at.wall += Hours(20);
    expect(time.now()).toBe(NOON + Hours(23));
    expect(time.mark.spans).toEqual([{ from: NOON + Hours(2), to: NOON + Hours(22) }]);
  });

  it('does not believe two years in fourteen seconds', () => {
    const { at, clock, pass } = box(NOON);
    const time = new AgentTime(clock, null);
    at.wall += Days(730);
    expect(live(time, pass, Seconds(14))).toBe(NOON + Seconds(14));
    expect(time.mark.doubt).toBe('stepped');
    at.wall -= Days(730);
    expect(live(time, pass, Seconds(1))).toBe(NOON + Seconds(15));
    expect(time.doubted).toBeNull();
    expect(time.mark).toMatchObject({ doubt: 'none', lived: 0 });
  });

  it('believes a jump that it saw after a day lived with it, and counts no time for it', () => {
    const { at, clock, pass } = box(NOON);
    const time = new AgentTime(clock, null);
    at.wall += Days(730);
    time.now();
    live(time, pass, Days(1) - 1);
    expect(time.now()).toBe(NOON + Days(1) - 1);
    pass(1);
    const now = time.now();
    expect(now).toBe(NOON + Days(731));
    expect(time.mark.spans).toEqual([{ from: NOON + Days(1), to: NOON + Days(731) }]);
    // What was recorded a day ago is a day old.
    expect(momentBefore(now, Days(1), time.mark.spans)).toBe(NOON);
  });

  it('begins the day again when the clock jumps again meanwhile', () => {
    const { at, clock, pass } = box(NOON);
    const time = new AgentTime(clock, null);
    at.wall += Days(730);
    live(time, pass, Hours(23));
    at.wall += Days(10);
    live(time, pass, Hours(2));
    expect(time.now()).toBe(NOON + Hours(25));
    expect(time.mark.lived).toBe(Hours(1));
  });

  it('takes a clock that has not been set for what it is, at once, and counts no time for it', () => {
    const { at, clock, pass } = box(Date.UTC(1970, 0, 2));
    const time = new AgentTime(clock, null);
    live(time, pass, Hours(2));
    at.wall = NOON;
    expect(time.now()).toBe(NOON);
    expect(time.doubted).toBeNull();
    expect(time.mark.spans).toEqual([{ from: Date.UTC(1970, 0, 2, 2), to: NOON }]);
    expect(momentBefore(NOON, Hours(1), time.mark.spans)).toBe(Date.UTC(1970, 0, 2, 1));
  });
});

describe('the agent’s own time after a restart', () => {
  const before = { own: NOON, wall: NOON, doubt: 'none', lived: 0, spans: [] } as const;

  it('counts the hours that the box was off', () => {
    expect(new AgentTime(box(NOON + Hours(14)).clock, before).now()).toBe(NOON + Hours(14));
    // Behind its clock by two days: what was off was off.
    expect(new AgentTime(box(NOON + Hours(14)).clock, { ...before, own: NOON + Days(2) }).now()).toBe(NOON + Days(2) + Hours(14));
  });

  it('counts a weekend after a day lived with it, as time that has passed', () => {
    const { clock, pass } = box(NOON + Days(3));
    const time = new AgentTime(clock, before);
    expect(time.now()).toBe(NOON);
    expect(time.mark.doubt).toBe('away');
    // What is told and can be told again takes the box's clock at once; two years off are no holidays.
    expect(time.told).toBe(NOON + Days(3));
    expect(new AgentTime(box(NOON + Days(730)).clock, before).told).toBe(NOON);
    expect(live(time, pass, Days(1))).toBe(NOON + Days(4));
    expect(time.mark.spans).toEqual([]);
  });

  it('does not go back with a battery that is empty', () => {
    const { at, clock, pass } = box(Date.UTC(1970, 0, 1));
    const time = new AgentTime(clock, before);
    expect(live(time, pass, Hours(1))).toBe(NOON + Hours(1));
    expect(time.doubted).not.toBeNull();
    at.wall = NOON + Hours(5);
    expect(time.now()).toBe(NOON + Hours(5));
  });

  it('goes on with a doubt where it was', () => {
    const doubted = { own: NOON, wall: NOON + Days(730), doubt: 'stepped', lived: Hours(20), spans: [] } as const;
    const { clock, pass } = box(NOON + Days(730) + Hours(1));
    const time = new AgentTime(clock, doubted);
    expect(time.mark).toMatchObject({ own: NOON + Hours(1), doubt: 'stepped', lived: Hours(20) });
    live(time, pass, Hours(4));
    expect(time.mark.spans).toEqual([{ from: NOON + Hours(5), to: NOON + Days(730) + Hours(5) }]);
    // Off for long meanwhile: that a step was seen is not forgotten, how long it was lived with is.
    expect(new AgentTime(box(NOON + Days(740)).clock, doubted).mark).toMatchObject({ own: NOON, doubt: 'stepped', lived: 0 });
  });

  it('takes the end of a life with a clock that was not set for a correction', () => {
    const unset = { ...before, own: Date.UTC(1970, 0, 3), wall: Date.UTC(1970, 0, 3) };
    const time = new AgentTime(box(NOON).clock, unset);
    expect(time.now()).toBe(NOON);
    expect(time.mark.spans).toEqual([{ from: Date.UTC(1970, 0, 3), to: NOON }]);
  });
});

describe('a moment before now', () => {
  it('leaves out every span that nobody lived through, and those alone that lie between', () => {
    const spans = [
      { from: 100, to: 200 },
      { from: 300, to: 350 },
    ];
    expect(momentBefore(400, 50, spans)).toBe(350);
    expect(momentBefore(400, 51, spans)).toBe(299);
    expect(momentBefore(400, 150, spans)).toBe(200);
    expect(momentBefore(400, 151, spans)).toBe(99);
    expect(momentBefore(400, 10, [])).toBe(390);
  });
});
