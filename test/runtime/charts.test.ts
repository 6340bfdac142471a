/** The charts' desk on a real disk: what it could not read it does not write over, what it says it has kept is kept, and history is no news. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { ChartState, Inspection, PassedPart, PassedWish } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { ChartDesk } from '#agent/runtime/charts/desk.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const LEARN = 12;
const WIDTH = { of: 'tags.width', learn: LEARN, close: 'by_hand', rules: [] };
const config = (charts: object) =>
  ({ stations: { outlet: { models: {}, charts } }, opcua: { plc: { tags: { width: {} } } } }) as unknown as Config;
/** Of a process in control. */
const widthOf = (n: number) => 10 + ([0.1, -0.2, 0.3, -0.1, 0.2, -0.3][n % 6] ?? 0);

/** An agent's desk and the journal, which outlives it. */
function box(folder = scratch()) {
  const clock = new ManualClock();
  const journal: PassedPart[] = [];
  const told: (readonly string[])[] = [];
  const closed: ChartState[] = [];
  const faults = { passed: null as Error | null };
  const of = () =>
    new ChartDesk({
      clock,
      log: memoryLog(),
      folder,
      onChange: (_, standings) => void told.push(standings.map(({ fault }) => fault.code)),
      onClosed: (state) => void closed.push(state),
      passed: async ({ after, limit }: PassedWish) => {
        if (faults.passed) throw faults.passed;
        return journal.filter(({ sequence }) => sequence > after).slice(0, limit);
      },
      isProduction: () => true,
    });
  let desk = of();
  const put = (width: number, recipe: string) => {
    const at = 1000 * journal.length;
    const tags = { 'plc.width': { value: width, status: 0, source: at, age: 0 } } as unknown as PassedPart['tags'];
    const part: PassedPart = {
      sequence: journal.length + 1,
      at,
      recipe,
      verdict: 'ok',
      reasons: [],
      findings: [],
      tags,
      timings: { align: 0, prepare: 0, infer: 0, rules: 0, verdict: 0, answer: 0 },
    };
    journal.push(part);
    return { ...part, station: 'outlet', outcome: 'judged' } as unknown as Inspection;
  };
  return {
    clock,
    told,
    closed,
    faults,
    folder: join(folder, 'outlet'),
    get desk() {
      return desk;
    },
    chart: (charts: object = { width: WIDTH }) => desk.chart('outlet', config(charts), journal.length),
    /** Recorded by an agent that is killed before its charts hear of them. */
    record: (widths: readonly number[], recipe = 'standard') => {
      for (const width of widths) put(width, recipe);
    },
    make: (widths: readonly number[], recipe = 'standard') => {
      for (const width of widths) desk.note(put(width, recipe));
    },
    /** Killed: nothing is kept. */
    async again(charts: object = { width: WIDTH }) {
      desk = of();
      told.length = 0;
      await desk.chart('outlet', config(charts), journal.length);
    },
    close: (recipe?: string) => desk.change('close', { station: 'outlet', chart: 'width', recipe }, 'ada'),
    state: (recipe = 'standard') => desk.states().find((one) => one.recipe === recipe),
    codes: () => told.at(-1) ?? [],
  };
}
const calm = (count: number) => Array.from({ length: count }, (_, n) => widthOf(n));

async function closedBox() {
  const line = box();
  await line.chart();
  line.make(calm(LEARN));
  await line.close();
  return line;
}

describe('the desk of the charts', () => {
  it('writes over nothing that it could not read: closed limits are there again when it can', async () => {
    const line = await closedBox();
    const { limits } = line.state() ?? {};
    const files = readdirSync(line.folder).sort();
    const [file = ''] = files.filter((name) => name !== 'mark.json');
    // Neither missing nor torn: it cannot be read at all.
    renameSync(join(line.folder, file), join(line.folder, 'aside'));
    mkdirSync(join(line.folder, file));
    await line.again();
    expect(line.codes()).toEqual(['SPC_UNREAD']);
    line.make(calm(5000));
    await line.clock.advance(600_000);
    await expect(line.close()).rejects.toMatchObject({ code: 'SPC_UNREAD' });
    await line.desk.stop();
    expect(line.codes()).toEqual(['SPC_UNREAD']);
    rmSync(join(line.folder, file), { recursive: true });
    renameSync(join(line.folder, 'aside'), join(line.folder, file));
    expect(readdirSync(line.folder).sort()).toEqual(files);
    await line.again();
    expect(line.codes()).toEqual([]);
    // With all parts since.
    expect(line.state()).toMatchObject({ phase: 'watching', limits, closed: { who: 'ada' }, samples: 5000 });
  });

  it('tells once how things stand after what it has missed, and nothing of what came and went in it', async () => {
    const line = await closedBox();
    line.record([...calm(3), 20, 20, ...calm(30)]);
    await line.again();
    expect(new Set(line.told.flat())).toEqual(new Set());
    expect(line.state()).toMatchObject({ samples: 35, signal: null });
    line.record([20]);
    await line.again();
    expect(new Set(line.told.map(String))).toEqual(new Set(['SPC_SIGNAL']));
    line.make(calm(11));
    expect(line.codes()).toEqual([]);
  });

  it('takes parts for charted only when it has read them', async () => {
    const line = await closedBox();
    line.record(calm(7));
    line.faults.passed = new LinesideError('TIMEOUT', { what: 'A question to records', ms: 5000 });
    await line.again();
    expect(line.codes()).toEqual(['SPC_UNREAD']);
    line.make(calm(2));
    await line.desk.stop();
    line.faults.passed = null;
    await line.again();
    expect(line.state()).toMatchObject({ phase: 'watching', samples: 9 });
    expect(line.codes()).toEqual([]);
  });

  it('has on the disk at once what closed by itself, so that it closes once', async () => {
    const line = box();
    const charts = { width: { ...WIDTH, close: 'when_learned' } };
    await line.chart(charts);
    line.make(calm(LEARN));
    await expect.poll(() => readdirSync(line.folder).length).toBe(2);
    await expect.poll(() => readFileSync(join(line.folder, 'mark.json'), 'utf8')).toContain(`"through":${LEARN}`);
    await line.again(charts);
    expect([line.state()?.phase, line.closed.length]).toEqual(['watching', 1]);
  });

  it('says that a change is not kept, and marks no part that is in no file', async () => {
    const line = box();
    await line.chart();
    line.make(calm(LEARN));
    line.make(calm(LEARN), 'wide');
    await line.close('standard');
    const mark = () => JSON.parse(readFileSync(join(line.folder, 'mark.json'), 'utf8'));
    const before = mark();
    line.make(calm(2), 'standard');
    line.make(calm(2), 'wide');
    const broken = readdirSync(line.folder).filter((name) => name !== 'mark.json');
    // No file can be moved to its place: of both keeps that run at once none may mark anything.
    for (const name of broken) {
      rmSync(join(line.folder, name));
      mkdirSync(join(line.folder, name));
      writeFileSync(join(line.folder, name, 'in-the-way'), '');
    }
    const both = await Promise.allSettled([line.close('standard'), line.close('wide')]);
    expect(both).toMatchObject([
      { status: 'rejected', reason: { code: 'SPC_UNKEPT' } },
      { status: 'rejected', reason: { code: 'SPC_UNKEPT' } },
    ]);
    expect([mark(), line.codes()]).toEqual([before, ['SPC_UNKEPT']]);
    for (const name of broken) rmSync(join(line.folder, name), { recursive: true });
    await line.close('wide');
    expect(line.codes()).toEqual([]);
    await line.again();
    expect([line.state('standard')?.phase, line.state('wide')?.phase]).toEqual(['watching', 'watching']);
  });

  it('does not wait for the disk where the config of a running line changes', async () => {
    const line = await closedBox();
    const charts = { width: { ...WIDTH, rules: ['nelson_2'] } };
    const [file = ''] = readdirSync(line.folder).filter((name) => name !== 'mark.json');
    // A disk that takes nothing until somebody reads the other end.
    const stuck = join(line.folder, `${file}.new`);
    execFileSync('mkfifo', [stuck]);
    await line.chart(charts);
    expect([line.state()?.phase, line.codes()]).toEqual(['watching', []]);
    expect(await readFile(stuck, 'utf8')).toContain('"who":"ada"');
    rmSync(stuck);
    await line.desk.stop();
    await line.again(charts);
    expect(line.state()).toMatchObject({ phase: 'watching', closed: { who: 'ada' } });
  });

  it('has news of charts that another life had, so that nobody keeps them', async () => {
    const line = await closedBox();
    await line.again({ height: WIDTH });
    expect(line.desk.takeNews()).toContainEqual({ station: 'outlet', name: 'width', state: null });
    await line.again({});
    expect(line.desk.takeNews()).toContainEqual({ station: 'outlet', name: 'width', state: null });
    expect(existsSync(join(line.folder, 'mark.json'))).toBe(true);
  });
});
