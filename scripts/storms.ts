/**
 * A line in a storm: kills, freezes, long absence, a PLC without stamps or with a wrong clock, a stalling cable.
 *   npm run storms                         each of them once
 *   npm run storms -- --only cable --seed 7 --keep
 *   npm run storms -- --at-once 2          two lines beside each other
 * Exit code 1 where the account of the parts does not balance. Wants what scripts/install-test-peers.sh installs and a C compiler.
 */
import { parseArgs } from 'node:util';
import { atOnce, widthOf } from './faults/at-once.ts';
import { runLine } from './faults/run.ts';
import { storms } from './faults/storms.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '1' },
  },
});
let failed = 0;
const chosen = storms(Number(values.seed)).filter(({ name }) => values.only === undefined || name.includes(values.only));
await atOnce(chosen, widthOf(values['at-once']), async (storm) => {
  const { found, parts, seconds, folder } = await runLine(storm, values.keep);
  failed += found.length > 0 ? 1 : 0;
  const head = `${found.length === 0 ? 'balanced' : 'FAILED  '}  ${storm.name.padEnd(50)} ${String(parts).padStart(5)} parts ${String(seconds).padStart(3)} s`;
  process.stdout.write(`${[head, ...found.map((one) => `            ${one}`), ...(folder ? [`            ${folder}`] : [])].join('\n')}\n`);
});
process.exit(failed === 0 ? 0 : 1);
