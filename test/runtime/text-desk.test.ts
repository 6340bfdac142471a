/** What machines say beside a journal that takes nothing, a flood, and what a PLC writes for nothing. */
import { expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { JournalEntry, MachineText, TagSample } from '#agent/contracts/index.js';
import { TextDesk, type TextDeskOptions } from '#agent/runtime/texts/desk.js';

const TAG = 'plc.message';
const config = { language: { texts: [TAG] }, opcua: {}, stations: {} } as unknown as Config;

async function deskOf() {
  let now = 1_000_000;
  let accepts = true;
  let listener = (_: TagSample) => {};
  let latest: TagSample | undefined;
  const timers: { at: number; what: () => void }[] = [];
  const rows = new Map<string, MachineText>();
  const record = ({ texts = [], textChanges = [] }: JournalEntry) => {
    if (!accepts) return false;
    for (const text of texts) rows.set(text.id, text);
    for (const change of textChanges) {
      const row = rows.get(change.id);
      if (row) rows.set(change.id, { ...row, ...change });
    }
    return true;
  };
  const clock = {
    now: () => now,
    elapsed: () => now,
    after: (ms: number, what: () => void) => {
      timers.push({ at: now + ms, what });
      return () => {};
    },
  };
  const tags = {
    onSample: (_: string, heard: typeof listener) => {
      listener = heard;
      return () => {};
    },
    latest: () => latest,
  };
  const desk = new TextDesk(config, {
    clock,
    tags,
    record,
    people: () => ({ names: [], code: (id: string) => id }),
    records: { texts: async () => [] },
    onFaults: () => {},
  } as unknown as TextDeskOptions);
  await desk.start();
  return {
    say: (value: string) => {
      latest = { value, status: 0, source: null, server: null, received: ++now, arrived: now };
      listener(latest);
    },
    accept: (is: boolean) => {
      accepts = is;
    },
    pass: (ms: number) => {
      for (const until = now + ms; now < until; now += 1000) {
        const due = timers.filter(({ at }) => at <= now);
        timers.splice(0, timers.length, ...timers.filter(({ at }) => at > now));
        for (const { what } of due) what();
      }
    },
    active: () => [...rows.values()].filter(({ state }) => state === 'active').map(({ text }) => text),
  };
}

it('ends the text of a tag that the PLC blanks with NUL', async () => {
  const { say, active } = await deskOf();
  say('tool 7');
  expect(active()).toEqual(['tool 7']);
  say('\0\0\0\0');
  expect(active()).toEqual([]);
});

it('keeps what was said while the journal took nothing, once it takes something, and what was over then is over', async () => {
  const { say, accept, pass, active } = await deskOf();
  accept(false);
  say('oil low');
  accept(true);
  pass(120_000);
  expect(active()).toEqual(['oil low']);
  accept(false);
  say('');
  accept(true);
  expect(active()).toEqual(['oil low']);
  pass(120_000);
  expect(active()).toEqual([]);
});

it('has no old text as active after a flood, and in the end the one that stands', async () => {
  const { say, pass, active } = await deskOf();
  for (let i = 0; i < 400; i++) say(`step ${i}`);
  say('EMERGENCY STOP');
  expect(active()).toEqual([]);
  pass(120_000);
  expect(active()).toEqual(['EMERGENCY STOP']);
});
