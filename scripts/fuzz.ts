/**
 * Hostile input, seeded, for everything that takes input from outside; --help says how. Findings: an error that is not of the table, one that
 * nobody waits for, the main thread blocked for more than 200 ms, memory that grows. Needs `node --expose-gc` for the memory (npm run fuzz
 * gives it).
 */
import { parseArgs } from 'node:util';
import { DOORS } from './fuzz/index.ts';
import { fuzz, type Report } from './fuzz/run.ts';

const HELP = `Hostile input, seeded, for everything that takes input from outside. Exit code 1 where something is found, 2 where the call is wrong.

  npm run fuzz                                                    every door, the full count
  npm run fuzz -- --quick --json                                  as the tests do
  npm run fuzz -- --door yaml --door cel                          some doors
  npm run fuzz -- --door yaml --seed 7 --from 1234 --count 1      one input again

  --door <name>   one of them; may be said several times
  --seed <n>      other inputs (1)
  --from <n>      the first input (0)
  --count <n>     inputs of each door, in place of its own count
  --quick         few of each door
  --json          reports as JSON on standard output

Doors: ${DOORS.map(({ name }) => name).join(', ')}
`;

const OPTIONS = {
  door: { type: 'string', multiple: true },
  seed: { type: 'string', default: '1' },
  from: { type: 'string', default: '0' },
  count: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What was asked for; a text: why it is nothing that can be done. */
function wishOf(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const strange = values.door?.find((wanted) => !DOORS.some(({ name }) => name === wanted));
    if (strange !== undefined) return `there is no door ${strange}`;
    const wrong = (['seed', 'from', 'count'] as const).find((name) => !/^\d+$/.test(values[name] ?? '0'));
    return wrong === undefined ? values : `--${wrong} takes a whole number, not ${values[wrong]}`;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

async function main(): Promise<number> {
  const values = wishOf(process.argv.slice(2));
  if (typeof values === 'string') {
    process.stderr.write(`${values}\n\n${HELP}`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const reports: Report[] = [];
  for (const door of DOORS.filter(({ name }) => values.door === undefined || values.door.includes(name))) {
    const count = values.count === undefined ? door.inputs[values.quick ? 'quick' : 'full'] : Number(values.count);
    const onProgress = (done: number) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${door.name} ${done} of ${count} `);
    };
    const report = await fuzz(door, { seed: Number(values.seed), from: Number(values.from), count, onProgress });
    reports.push(report);
    if (!values.json) process.stdout.write(`${textOf(report)}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(reports)}\n`);
  return reports.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function textOf(report: Report): string {
  const memory = `memory +${report.grown_mb} MB, +${report.most_grown_mb} MB at most`;
  const head = `${report.door}: ${report.inputs} inputs from ${report.from} on, seed ${report.seed}, in ${report.seconds} s; longest block ${report.longest_block_ms} ms; ${memory}`;
  const answers = Object.entries(report.answers).sort(([, a], [, b]) => b - a);
  const lines = [answers.map(([answer, count]) => `${answer} ${count}`).join('; '), ...report.findings];
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

process.exit(await main());
