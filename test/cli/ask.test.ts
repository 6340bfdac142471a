import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it } from 'vitest';
import { QUESTION_NAMES } from '#agent/store/question-table.js';
import { cleanUp, folder, openEmpty, put } from '../store/setup.ts';
import { lineside, MAIN } from './setup.ts';

/** A gateway with one rejected part a minute ago, and 400 older ones with long reasons. */
function gateway(language = ''): string {
  const base = folder();
  const store = join(base, 'lineside-data');
  mkdirSync(store, { mode: 0o700 });
  const { db } = openEmpty(store);
  const usual = { station: 'outlet', outcome: 'judged', recipe: 'standard', verdict: 'nok', answer: 'written', tags: '{}', frames: '[]' };
  const reasons = (text: string) => JSON.stringify([{ text }]);
  put(db, 'inspections', { ...usual, id: 'i1', sequence: 1, at: Date.now() - 60_000, part: '004711', reasons: reasons('scratch') });
  for (let n = 2; n <= 400; n++)
    put(db, 'inspections', {
      ...usual,
      id: `i${n}`,
      sequence: n,
      at: Date.now() - 120_000 - n,
      part: `P${n}`,
      reasons: reasons('x'.repeat(5000)),
    });
  put(db, 'notes', { id: 'n1', at: 1, source: 'page', alarm: 'STATION_HELD', text: 'Dichtung der Pumpe getauscht', recorded: 1 });
  for (const id of ['t1', 't2']) put(db, 'texts', { id, at: 2, source: 'alarm', origin: 'plc', text: 'Pumpe undicht', recorded: 1 });
  const shelved = JSON.stringify({ reason: 'lens', outcome: 'done' });
  put(db, 'audit', { recorded: Date.now(), at: Date.now() - 60_000, who: 'mueller', source: 'web', verb: 'shelve', detail: shelved });
  const config = join(base, 'line.yaml');
  const calendar = 'calendar: {zone: UTC, shifts: {day: {from: "00:00", to: "12:00"}, night: {from: "12:00", to: "00:00"}}}\n';
  writeFileSync(
    config,
    `line: {enterprise: acme, site: dresden, area: castings, line: line3}\n${calendar}${language}stations:\n  outlet: {trigger: {command: true}, deadline: 200ms, models: {}, on_failure: nok}\n`,
  );
  return config;
}

describe('lineside ask', () => {
  it('answers at the terminal and for scripts, and shows its statement', () => {
    const config = gateway();
    const told = lineside('ask', 'why', '--part', '004711', '--config', config);
    expect(told.stdout).toMatch(/Why was this part rejected\?[\s\S]*004711 .*nok .*scratch/);
    const { rows } = JSON.parse(lineside('ask', 'yield', '--json', '--config', config).stdout);
    expect(rows).toMatchObject([{ station: 'outlet', parts: 400, nok: 400, yield_percent: 0 }]);
    expect(lineside('ask', 'yield', '--sql').stdout).toContain('FROM inspections');
    const refused = lineside('ask', 'why', '--config', config);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('QUESTION_UNFIT')]);
  });
});

describe('lineside mcp', () => {
  it('is off where the config does not switch it on', () => {
    const { status, stdout, stderr } = lineside('mcp', '--config', gateway());
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toContain('ASSISTANT_OFF');
  });

  it('gives an assistant typed tools that only read, and bounded answers', async () => {
    const config = gateway('language: {assistant: true}\n');
    const client = new Client({ name: 'test', version: '1.0.0' });
    cleanUp(() => client.close());
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp', '--config', config] }));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...QUESTION_NAMES, 'similar_cases', 'shift_report']);
    for (const { annotations, inputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true });
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    }
    const call = async (name: string, args: Record<string, unknown>) => {
      const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
      const [{ text } = { text: '' }] = content as { text: string }[];
      return { isError, text, rows: (structuredContent as { rows: object[] } | undefined)?.rows };
    };
    expect((await call('why', { part: '004711' })).rows).toMatchObject([{ verdict: 'nok', reasons: 'scratch' }]);
    expect((await call('yield', {})).rows).toMatchObject([{ parts: 400, nok: 400 }]);
    expect((await call('parts', { limit: 2 })).rows).toHaveLength(2);
    const said = JSON.parse((await call('similar_cases', { text: 'Pumpe undicht', alarm: 'STATION_HELD' })).text);
    expect(said).toEqual({
      cases: [
        expect.objectContaining({ by: 'people', about: 'STATION_HELD', text: 'Dichtung der Pumpe getauscht' }),
        expect.objectContaining({ by: 'machine', about: 'plc', text: 'Pumpe undicht', times: 2 }),
      ],
    });
    // A shift may have begun in the last minutes.
    const reports = await Promise.all(['now', 'last'].map(async (shift) => JSON.parse((await call('shift_report', { shift })).text)));
    const made: { readonly produced: number; readonly scrap: number }[] = reports.flatMap(({ tables }) => tables.made.rows);
    expect(made.reduce((sum, { scrap }) => sum + scrap, 0)).toBe(400);
    expect(reports[0]).toMatchObject({ zone: 'UTC', complete: true, worse: [], shift: { over: false } });
    expect(JSON.stringify(reports)).toContain('lens');
    expect(JSON.stringify(reports)).not.toMatch(/SELECT|mueller/);
    for (const [name, args, code] of [
      ['why', {}, 'QUESTION_UNFIT'],
      ['similar_cases', {}, 'QUESTION_UNFIT'],
      ['shift_report', { shift: '2026-12-01/noon' }, 'the calendar has no shift'],
      ['yield', { station: 7 }, 'QUESTION_UNFIT'],
      ['yield', { from: 'the day before yesterday' }, 'QUESTION_UNFIT'],
      ['yield', { drop: true }, 'QUESTION_UNFIT'],
      ['parts', { limit: 200 }, 'longer than 64 KB'],
      ['delete', {}, 'There is no tool'],
    ] as const) {
      const refused = await call(name, args);
      expect([refused.isError, refused.text], name).toEqual([true, expect.stringContaining(code)]);
    }
  });
});
