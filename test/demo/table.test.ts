import { describe, expect, it } from 'vitest';
import type { DemoSummary } from '#agent/cli/demo/scoreboard.js';
import type { PassedPart } from '#agent/cli/demo/start.js';
import { figures, line, render, type Screen, Table } from '#agent/cli/demo/table.js';
import type { Finding, Inspection } from '#agent/contracts/index.js';

const VIEWS = { mqtt: 1883, page: 'http://127.0.0.1:8088' };
const plain = (_: string, text: string) => text;
const marked = (colour: string, text: string) => `<${colour}>${text}</>`;

const part = (more: Partial<PassedPart> = {}): PassedPart => ({
  number: 1,
  serial: 'BC-000001',
  at: 0,
  truth: 'ok',
  visible: false,
  cause: null,
  verdict: 'ok',
  rejected: false,
  answeredMs: 12,
  ...more,
});
const finding = (model: string, score: number, more: Partial<Finding> = {}) => ({ model, score, margin: score - 0.5, ...more }) as Finding;
const inspection = (reasons: string[], findings: Finding[], verdict = 8.04) =>
  ({ reasons: reasons.map((text) => ({ text })), findings, timings: { verdict } }) as unknown as Inspection;

const rows: DemoSummary['recent'] = [
  { part: part(), inspection: inspection([], [finding('surface', 0.03), finding('process', 0.01)]) },
  {
    part: part({ number: 2, serial: 'BC-000002', truth: 'nok', cause: 'overheating', verdict: 'nok' }),
    inspection: inspection(
      ['cast while the press was out of bounds', 'and more'],
      [finding('surface', 0.1), finding('process', 0.987, { contributions: { 'press.pressure': 0.2, 'press.die_temp': 0.62 } })],
    ),
  },
  {
    part: part({ number: 3, serial: 'BC-000003', verdict: 'nok' }),
    inspection: inspection(['a defect on the surface'], [finding('surface', 0.7)], 9.16),
  },
  { part: part({ number: 4, serial: 'BC-000004', verdict: null }), inspection: undefined },
];
const summary = (recent = rows): DemoSummary => ({
  recent,
  result: {
    parts: 200,
    ok: 160,
    nok: 38,
    review: 2,
    published: 197,
    agreement: 0.985,
    latency_ms: { p50: 8.1, p95: 11.9, p99: 15 },
    deadline_missed: 1,
    rss_mb: 182,
  },
});

describe('the demo as lines', () => {
  it('shows the last parts, the figures, and where to look and to subscribe', () => {
    expect(render(summary(), VIEWS, plain).join('\n')).toMatchInlineSnapshot(`
      "Lineside demo: a die-casting press, judged part by part

      part       truth  verdict  why                                     score  driven by       ms
      ─────────  ─────  ───────  ──────────────────────────────────────  ─────  ─────────────  ───
      BC-000001  ok     ok                                                0.03  surface        8.0
      BC-000002  nok    nok      cast while the press was out of bounds   0.99  die_temp 62 %  8.0
      BC-000003  ok     nok ✗    a defect on the surface                  0.70  surface        9.2
      BC-000004  ok     none

      parts 200   ok 160   nok 38   review 2   yield 80.0 %   agrees with the truth 98.5 %
      trigger to verdict: p50 8.1 ms, p95 11.9 ms, p99 15 ms   past the deadline 1   waiting to be published 3   182 MB

      look at the line: http://127.0.0.1:8088
      see what the plant sees: mosquitto_sub -p 1883 -t 'lineside/v1/#' -v"
    `);
  });

  it('colours verdicts, and marks one that is not the truth', () => {
    const lines = render(summary(), VIEWS, marked);
    const of = (serial: string) => lines.find((text) => text.startsWith(serial));
    expect(of('BC-000001')).toContain('<green>ok</>');
    expect(of('BC-000002')).toContain('<red>nok</>');
    expect(of('BC-000003')).toContain('<red>nok ✗</>');
    expect(of('BC-000004')).toContain('<red>none</>');
  });

  it('shows a picture before the first part', () => {
    const empty = {
      parts: 0,
      ok: 0,
      nok: 0,
      review: 0,
      published: 0,
      agreement: 0,
      latency_ms: { p50: 0, p95: 0, p99: 0 },
      deadline_missed: 0,
      rss_mb: 90,
    };
    const lines = render({ recent: [], result: empty }, { mqtt: 41883, page: null }, plain);
    expect(lines).toContain('parts 0   ok 0   nok 0   review 0   yield -   agrees with the truth -');
    expect(lines.at(-1)).toBe("see what the plant sees: mosquitto_sub -p 41883 -t 'lineside/v1/#' -v");
  });

  it('never owes a negative number of messages', () => {
    expect(figures({ ...summary().result, published: 300 }, plain).join()).toContain('waiting to be published 0');
  });

  it('gives a pipe one line a part', () => {
    expect(rows.map(line)).toEqual([
      'BC-000001  truth ok  verdict ok  score 0.03  surface  8.0 ms',
      'BC-000002  truth nok  verdict nok  cast while the press was out of bounds  score 0.99  die_temp 62 %  8.0 ms',
      'BC-000003  truth ok  verdict nok ✗  a defect on the surface  score 0.70  surface  9.2 ms',
      'BC-000004  truth ok  verdict none',
    ]);
  });
});

describe('the table', () => {
  const screen = (more: Partial<Screen> = {}) => {
    const written: string[] = [];
    return { written, write: (text: string) => written.push(text), ...more };
  };
  const result = { ...summary().result, missed: 0, stored: 200 };

  it('draws over what it drew before on a terminal', () => {
    const terminal = screen({ isTTY: true, columns: 200 });
    const table = new Table({ quiet: false, screen: terminal });
    table.draw(summary(rows.slice(0, 2)), VIEWS);
    table.draw(summary(), VIEWS);
    const [first = '', second = ''] = terminal.written;
    expect(first.startsWith('\u001b[1mLineside demo')).toBe(true);
    expect(second.startsWith(`\u001b[${first.split('\n').length - 1}A\u001b[0J`)).toBe(true);
  });

  it('cuts what is wider than the terminal, so that no line becomes two', () => {
    const terminal = screen({ isTTY: true, columns: 40 });
    new Table({ quiet: false, screen: terminal }).draw(summary(), VIEWS);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    for (const text of terminal.written.join('').split('\n')) expect(text.replace(/\u001b\[\d+m/g, '').length).toBeLessThanOrEqual(40);
  });

  it('takes 80 columns where a terminal does not know its width', () => {
    const terminal = screen({ isTTY: true, columns: 0 });
    new Table({ quiet: false, screen: terminal }).draw(summary(), VIEWS);
    expect(terminal.written.join('')).toContain('Lineside demo: a die-casting press, judged part by part');
  });

  it('tells a pipe of each part once, without colours or movement', () => {
    const pipe = screen();
    const table = new Table({ quiet: false, screen: pipe });
    table.draw(summary(rows.slice(0, 2)), VIEWS);
    table.draw(summary(rows.slice(1)), VIEWS);
    table.end(result);
    const text = pipe.written.join('');
    expect(text.match(/^BC-\d+/gm)).toEqual(['BC-000001', 'BC-000002', 'BC-000003', 'BC-000004']);
    expect(text).not.toContain('\u001b');
    expect(text.trimEnd().split('\n').at(-1)).toBe('stored 200   published 197   missed 0');
  });

  it('leaves its last picture standing on a terminal, and adds what only the end knows', () => {
    const terminal = screen({ isTTY: true, columns: 200 });
    const table = new Table({ quiet: false, screen: terminal });
    table.draw(summary(), VIEWS);
    table.end(result);
    expect(terminal.written.at(-1)).toBe('stored 200   published 197   missed 0\n');
  });

  it('says nothing when it is told to be quiet', () => {
    const pipe = screen();
    const table = new Table({ quiet: true, screen: pipe });
    table.draw(summary(), VIEWS);
    table.end(result);
    expect(pipe.written).toEqual([]);
  });
});
