import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Days, endsWithin, every, systemClock } from '#agent/time.js';

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
