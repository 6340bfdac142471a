/**
 * A line in a storm: kills, freezes, long absence, a PLC without stamps or with a wrong clock, a stalling cable.
 *   npm run storms                         each of them once
 *   npm run storms -- --only cable --seed 7 --keep
 * Exit code 1 where the account of the parts does not balance. Wants what scripts/install-test-peers.sh installs and a C compiler.
 */
import { parseArgs } from 'node:util';
import { runLine } from './faults/run.ts';
import { storms } from './faults/storms.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, seed: { type: 'string', default: '1' }, keep: { type: 'boolean', default: false } },
});
let failed = 0;
for (const storm of storms(Number(values.seed))) {
  if (values.only !== undefined && !storm.name.includes(values.only)) continue;
  const { found, parts, seconds, folder } = await runLine(storm, values.keep);
  failed += found.length > 0 ? 1 : 0;
  const head = `${found.length === 0 ? 'balanced' : 'FAILED  '}  ${storm.name.padEnd(50)} ${String(parts).padStart(5)} parts ${String(seconds).padStart(3)} s`;
  process.stdout.write(`${[head, ...found.map((one) => `            ${one}`), ...(folder ? [`            ${folder}`] : [])].join('\n')}\n`);
}
process.exit(failed === 0 ? 0 : 1);
