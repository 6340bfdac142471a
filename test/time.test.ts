import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Days, endsWithin, every, Hours, inWords, Minutes, Seconds, skewInWords, systemClock } from '#agent/time.js';

describe('the clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([30, 24.9, 100])('waits for %s days, which setTimeout takes for a millisecond', (days) => {
    let fired = 0;
    systemClock.after(Days(days), () => fired++);
    vi.advanceTimersByTime(Days(days) - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    vi.advanceTimersByTime(Days(days));
    expect(fired).toBe(1);
  });

  it('waits for as long as it is told, and not at all', () => {
    const at: string[] = [];
    systemClock.after(10, () => at.push('ten'));
    systemClock.after(0, () => at.push('none'));
    systemClock.after(2 ** 31 - 1, () => at.push('longest'));
    vi.advanceTimersByTime(9);
    expect(at).toEqual(['none']);
    vi.advanceTimersByTime(1);
    expect(at).toEqual(['none', 'ten']);
    vi.advanceTimersByTime(2 ** 31 - 12);
    expect(at).toEqual(['none', 'ten']);
    vi.advanceTimersByTime(1);
    expect(at).toEqual(['none', 'ten', 'longest']);
  });

  it('is cancelled in the second part of a long wait as in the first', () => {
    let fired = 0;
    const cancel = systemClock.after(Days(30), () => fired++);
    vi.advanceTimersByTime(Days(26));
    cancel();
    vi.advanceTimersByTime(Days(60));
    expect(fired).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sleeps long, and wakes when it is told to', async () => {
    const over = new AbortController();
    const slept = systemClock.sleep(Days(30), over.signal).then(
      () => 'slept',
      (reason: unknown) => reason,
    );
    await vi.advanceTimersByTimeAsync(Days(26));
    over.abort('woken');
    expect(await slept).toBe('woken');
    expect(vi.getTimerCount()).toBe(0);
    const long = systemClock.sleep(Days(30)).then(() => 'slept');
    await vi.advanceTimersByTimeAsync(Days(30));
    expect(await long).toBe('slept');
  });

  it('repeats once in a month, not at once', () => {
    let fired = 0;
    const end = every(systemClock, Days(30), () => fired++);
    vi.advanceTimersByTime(Days(95));
    expect(fired).toBe(3);
    end();
    vi.advanceTimersByTime(Days(95));
    expect(fired).toBe(3);
  });

  it('bounds what is waited for, and leaves nothing that would keep the process alive when that is over', async () => {
    expect(await endsWithin(systemClock, Promise.resolve(), 5000)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    const vain = endsWithin(systemClock, new Promise(() => {}), 5000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await vain).toBe(false);
    await expect(endsWithin(systemClock, Promise.reject(new Error('broken')), 5000)).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('in words', () => {
  it.each([
    [0, '0 s'],
    [40, '0 s'],
    [340, '0.3 s'],
    [Seconds(5), '5 s'],
    [9_940, '9.9 s'],
    [Seconds(90), '90 s'],
    [Seconds(119.6), '2 min'],
    [Minutes(90), '90 min'],
    [Hours(2), '2 h'],
    [Hours(47), '47 h'],
    [Days(2), '2 days'],
    [Days(700), '700 days'],
    [Seconds(1_796_020_261), '57 years'],
  ])('%s ms are %s', (ms, words) => expect(inWords(ms)).toBe(words));

  const NOW = Date.UTC(2026, 10, 30);
  const unset = 'was never set or has lost its time: it says 1970-01-02';
  it.each([
    [Hours(2), NOW, 'is 2 h ahead of the clock of this box'],
    [-Seconds(3.26), NOW, 'is 3.3 s behind the clock of this box'],
    [-Days(100), NOW, 'is 100 days behind the clock of this box'],
    // The PLC was switched on yesterday; and the same the other way round.
    [Days(1) - NOW, NOW, unset],
    [NOW - Days(1), Days(1), `is 57 years ahead of the clock of this box, which ${unset}`],
    [Hours(1), Days(1), `is 60 min ahead of the clock of this box, which ${unset}`],
  ])('a clock that is %s ms ahead at %s %s', (skew, now, words) => expect(skewInWords(skew, now)).toBe(words));
});
