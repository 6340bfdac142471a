/** The shift of the demo, as a new user sees it: everything in it comes from the running agent, or the account here does not balance. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);
const LINESIDE = resolve(import.meta.dirname, '../../dist/bundle/main.js');

it('two minutes of the demo hold a shift: told before the first bad part, held, contained, planned anew, and handed over', {
  timeout: 400_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-shift-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'report.html');
  const { stdout } = await run(process.execPath, [LINESIDE, 'demo', '--shift', '--json', '--report', file], { timeout: 380_000 });
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    orders: 5,
    challenges: { shown: 2, passed: 2 },
    urgent: 'accepted',
    held: true,
    note: 'nozzle 3 clogged, die changed, Hr. <name> informed',
    replanned: 'accepted',
    made: 5,
    material_called: true,
    tool_changed: true,
  });
  // The die is held at 240 °C; a chart of it knows no more than that.
  const [lower, upper] = result.limits;
  expect(lower).toBeGreaterThan(230);
  expect(upper).toBeLessThan(250);
  // Told long before a part was bad, and what is in question reaches back to before the signal.
  expect(result.signal.first_bad - result.signal.sequence).toBeGreaterThan(30);
  expect(result.contained).toBeGreaterThan(result.signal.first_bad - result.signal.sequence);

  const report = readFileSync(file, 'utf8');
  for (const text of ['three bad parts in a row', 'nozzle 3 clogged', 'SPC_SIGNAL', 'data:image/']) expect(report).toContain(text);
  expect(report).not.toContain('Schulze');
});
