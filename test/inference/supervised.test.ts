import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { RestartBudget, Supervised, type SupervisedOptions } from '#agent/inference/supervised.js';
import { Thread } from '#agent/inference/thread.js';
import { systemClock } from '#agent/time.js';
import { ManualClock, settle } from '../simulators/clock.ts';
import { faultOf } from './setup.ts';

// A worker that does as it is told: answers, fails, dies, or keeps silent.
const OBEDIENT = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, verb, body }) => {
  if (verb === 'end' || body === 'die') process.exit(3);
  if (body === 'fail') return parentPort.postMessage({ id, fault: { code: 'MODEL_FAILED', details: { model: 'm', why: 'told to' } } });
  if (body !== 'silent') parentPort.postMessage({ id, value: body });
});`;

interface Told {
  readonly faults: [code: string, wait: number][];
  readonly exits: Promise<unknown>[];
  spawned: number;
  recovered: number;
}

function supervised(over: Partial<SupervisedOptions<string, string>> = {}) {
  const told: Told = { faults: [], exits: [], spawned: 0, recovered: 0 };
  const worker = new Supervised<string, string>({
    name: 'm',
    bound: 3,
    timeout: 1000,
    loadTimeout: 5000,
    clock: systemClock,
    spawn: () => {
      told.spawned++;
      const thread = new Worker(OBEDIENT, { eval: true });
      told.exits.push(new Promise((resolve) => thread.once('exit', resolve)));
      return new Thread(thread, 'm');
    },
    load: async (thread) => void (await thread.call('load', 'load')),
    send: (thread, job) => thread.call('job', job),
    onFault: (fault, wait) => void told.faults.push([fault.code, wait]),
    onRecovered: () => void told.recovered++,
    ...over,
  });
  onTestFinished(async () => {
    await worker.stop();
    await Promise.all(told.exits);
  });
  return { worker, told };
}
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

describe('a supervised thread', () => {
  it('answers in the order in which it was asked', async () => {
    const { worker } = supervised({ bound: 100 });
    await worker.start();
    const order: string[] = [];
    await Promise.all(Array.from({ length: 20 }, (_, i) => worker.submit(`${i}`).then((reply) => order.push(reply))));
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
    expect(worker.counters).toEqual({ depth: 0, bound: 100, dropped: 0, done: 20, failed: 0, restarts: 0 });
  });

  it('takes jobs before it is live, up to its bound', async () => {
    const { worker } = supervised();
    const early = ['a', 'b', 'c'].map((job) => worker.submit(job));
    expect((await faultOf(worker.submit('d'))).code).toBe('MODEL_OVERLOADED');
    await worker.start();
    expect(await Promise.all(early)).toEqual(['a', 'b', 'c']);
  });

  it('passes the fault of a job on, and does not count it as a death', async () => {
    const { worker, told } = supervised();
    await worker.start();
    expect(await faultOf(worker.submit('fail'))).toMatchObject({ code: 'MODEL_FAILED', details: { why: 'told to' } });
    expect(await worker.submit('next')).toBe('next');
    expect([worker.counters.failed, told.faults]).toEqual([1, []]);
  });

  it('survives a job that cannot even be handed over', async () => {
    const { worker } = supervised({
      send: async (thread, job) => (job === 'odd' ? Promise.reject(new RangeError('odd')) : thread.call('job', job)),
    });
    await worker.start();
    expect((await faultOf(worker.submit('odd'))).code).toBe('INTERNAL');
    expect(await worker.submit('even')).toBe('even');
  });

  it('is refused when its load fails, and stays so', async () => {
    const { worker, told } = supervised({ load: () => Promise.reject(new LinesideError('MODEL_HASH', { model: 'm', file: 'f' })) });
    expect((await faultOf(worker.start())).code).toBe('MODEL_HASH');
    expect((await faultOf(worker.submit('a'))).code).toBe('MODEL_HASH');
    expect([worker.state, told.spawned]).toEqual(['stopped', 1]);
  });

  it('gives up a load that never ends', async () => {
    const clock = new ManualClock();
    const { worker } = supervised({ clock, load: (thread) => thread.call('load', 'silent') });
    const start = faultOf(worker.start());
    await clock.advance(4999);
    expect(worker.state).toBe('starting');
    await clock.advance(1);
    expect((await start).code).toBe('MODEL_HUNG');
  });

  it('hangs when it holds a job and says nothing for its timeout, counted anew from each answer', async () => {
    const clock = new ManualClock();
    const { worker, told } = supervised({ clock });
    await worker.start();
    const answered = worker.submit('a');
    const stuck = [worker.submit('silent'), worker.submit('silent')].map(faultOf);
    await answered;
    await clock.advance(999);
    expect(told.faults).toEqual([]);
    await clock.advance(100);
    expect((await Promise.all(stuck)).map(({ code }) => code)).toEqual(['MODEL_HUNG', 'MODEL_HUNG']);
    await until(() => told.recovered === 1);
    expect(await worker.submit('b')).toBe('b');
  });

  it('is not blamed for answers that lay in our own mailbox', async () => {
    const clock = new ManualClock();
    let answer: (reply: string) => void = () => {};
    const { worker, told } = supervised({
      clock,
      send: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    await worker.start();
    const job = worker.submit('a');
    // This thread stood still: the timer is due long ago, and the answer is read right after it.
    clock.after(1000, () => answer('late'));
    await clock.advance(5000);
    expect(await job).toBe('late');
    expect(told.faults).toEqual([]);
  });

  it('does not hang while it has nothing to do', async () => {
    const clock = new ManualClock();
    const { worker, told } = supervised({ clock });
    await worker.start();
    await worker.submit('a');
    await clock.advance(100_000);
    expect(await worker.submit('b')).toBe('b');
    expect(told.faults).toEqual([]);
  });

  it('is replaced five times at once, then waits longer each time, and refuses jobs meanwhile', async () => {
    const clock = new ManualClock();
    const { worker, told } = supervised({ clock });
    await worker.start();
    for (let life = 1; life <= 5; life++) {
      expect((await faultOf(worker.submit('die'))).code).toBe('MODEL_CRASHED');
      await until(() => told.recovered === life);
    }
    for (const wait of [1000, 2000, 4000]) {
      expect((await faultOf(worker.submit('die'))).code).toBe('MODEL_CRASHED');
      expect(told.faults.at(-1)).toEqual(['MODEL_CRASHED', wait]);
      expect(worker.state).toBe('waiting');
      expect((await faultOf(worker.submit('a'))).code).toBe('MODEL_CRASHED');
      const recovered = told.recovered + 1;
      await clock.advance(wait);
      await until(() => told.recovered === recovered);
      expect([worker.state, worker.fault]).toEqual(['live', null]);
    }
    expect(told.faults.slice(0, 5)).toEqual(Array(5).fill(['MODEL_CRASHED', 0]));
  });

  it('lets nothing wait for ever: what queues for a replacement that does not come is rejected after the timeout', async () => {
    const clock = new ManualClock();
    let lives = 0;
    const { worker } = supervised({ clock, load: (thread) => thread.call('load', lives++ === 0 ? 'load' : 'silent') });
    await worker.start();
    const died = faultOf(worker.submit('die'));
    expect((await died).code).toBe('MODEL_CRASHED');
    const waiting = faultOf(worker.submit('a'));
    await clock.advance(1000);
    expect((await waiting).code).toBe('MODEL_CRASHED');
    expect((await faultOf(worker.submit('b'))).code).toBe('MODEL_CRASHED');
  });

  it('tries again when a replacement cannot be loaded', async () => {
    let lives = 0;
    const { worker, told } = supervised({
      load: async (thread) => {
        if (lives++ === 1) throw new LinesideError('MODEL_FAILED', { model: 'm', why: 'a bad moment' });
        await thread.call('load', 'load');
      },
    });
    await worker.start();
    await faultOf(worker.submit('die'));
    await until(() => told.recovered === 1);
    expect(told.faults.map(([code]) => code)).toEqual(['MODEL_CRASHED', 'MODEL_FAILED']);
    expect(worker.counters.restarts).toBe(2);
  });

  it('finishes what it has when it retires, and takes no more', async () => {
    const { worker } = supervised();
    await worker.start();
    const jobs = ['a', 'b', 'c'].map((job) => worker.submit(job));
    const retired = worker.retire();
    expect((await faultOf(worker.submit('d'))).code).toBe('STOPPING');
    expect(await Promise.all(jobs)).toEqual(['a', 'b', 'c']);
    await retired;
    expect(worker.state).toBe('stopped');
  });

  it('that dies while it retires is not replaced', async () => {
    const { worker, told } = supervised();
    await worker.start();
    const jobs = [worker.submit('die'), worker.submit('a')].map(faultOf);
    await worker.retire();
    for (const fault of await Promise.all(jobs)) expect(fault.code).toMatch(/MODEL_CRASHED|STOPPING/);
    expect(told.spawned).toBe(1);
  });

  it('stops within a second although its thread is stuck', async () => {
    const clock = new ManualClock();
    const { worker, told } = supervised({ clock, send: () => new Promise(() => {}) });
    await worker.start();
    const stuck = faultOf(worker.submit('a'));
    const stopped = worker.stop();
    expect((await stuck).code).toBe('STOPPING');
    await clock.advance(1000);
    await stopped;
    await Promise.all(told.exits);
    expect(worker.state).toBe('stopped');
  });

  it('leaves no timer behind when it stops', async () => {
    const clock = new ManualClock();
    const { worker } = supervised({ clock });
    await worker.start();
    const jobs = [worker.submit('silent'), worker.submit('silent')].map(faultOf);
    await worker.stop();
    await Promise.all(jobs);
    await clock.advance(1000);
    await settle();
    expect(clock.pending).toBe(0);
  });
});

describe('a restart budget', () => {
  it('is five a minute; beyond it every wait doubles, up to a minute', () => {
    const budget = new RestartBudget();
    const waits = Array.from({ length: 13 }, () => budget.next(0));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('is whole again after a quiet minute', () => {
    const budget = new RestartBudget();
    for (let i = 0; i < 7; i++) budget.next(0);
    expect(budget.next(70_000)).toBe(0);
    for (let i = 0; i < 4; i++) budget.next(70_000);
    expect(budget.next(70_000)).toBe(1000);
  });
});
