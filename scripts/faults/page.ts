/** The page of the last whole run of all pairs: docs/faults.md. Recorded by the run, since only a running line can tell. Pure. */
import { table } from '../docs/markdown.ts';
import { FAULTS, PAIRS } from './kinds.ts';

export interface PageResult {
  readonly pair: string;
  readonly together: boolean;
  readonly parts: number;
  readonly found: readonly string[];
}

export interface PageHead {
  /** Of the run, YYYY-MM-DD. */
  readonly day: string;
  /** What ran. */
  readonly commit: string;
  /** Of the box: processor, cores, Node. */
  readonly box: string;
}

/** Throws where a pair is missing: half a run is no record. */
export function faultsPage(results: readonly PageResult[], { day, commit, box }: PageHead): string {
  const byName = new Map(results.map((result) => [result.pair, result]));
  const cell = (result: PageResult | undefined): string => {
    if (!result) throw new Error('the page is that of all pairs');
    const text = `${result.parts}${result.together ? '' : ' in turn'}`;
    return result.found.length === 0 ? text : `**${text}, FAILED**`;
  };
  const nameOf = new Map(PAIRS.map(([a, b]) => [`${a.name}|${b.name}`, `${a.name} + ${b.name}`]));
  const rows = FAULTS.slice(0, -1).map((row, i) => [
    row.name,
    ...FAULTS.slice(1).map((column, j) => (j < i ? '' : cell(byName.get(nameOf.get(`${row.name}|${column.name}`) ?? '')))),
  ]);
  const failed = results.filter(({ found }) => found.length > 0);
  return `${[
    '<!-- Written by `npm run faults -- --record`; run it again rather than changing this page. -->',
    '# Two faults at once',
    `Twelve faults against each other on a running line: a PLC (asyncua), a broker (mosquitto) with a witness on its wire, two cameras, and the agent as it ships, started again whenever it ends. After each pair the account of every part has to balance: a verdict in time, or a record that says why there is none; every sequence once; every event delivered or among the dead letters; the end within 10 s of SIGTERM. \`scripts/faults/account.ts\` is the account, \`scripts/faults/kinds.ts\` says what each fault does. Faults that exclude each other come one after the other (*in turn*). A cell is the number of parts that the PLC raised.`,
    `${results.length - failed.length} of ${results.length} pairs balanced: ${day}, ${commit}, ${box}.`,
    table(['', ...FAULTS.slice(1).map(({ name }) => name)], rows),
    ...failed.map(({ pair, found }) => `- ${pair}: ${found.join('; ')}`),
  ].join('\n\n')}\n`;
}
