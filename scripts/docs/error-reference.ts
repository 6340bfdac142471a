/** docs/errors.md: the error table for people. */
import { ERRORS, type ErrorCategory } from '../../agent/errors.ts';
import { page, table } from './markdown.ts';

/** Also what Help says of a fault. */
export const MEANING: Readonly<Record<ErrorCategory, string>> = {
  transient: 'goes away by itself or with a retry; the agent goes on',
  config: 'somebody must change a file',
  fatal: 'the agent cannot go on',
};

/** What is filled in, for whoever reads the table without a fault: details by their names. */
const FILLED: Readonly<Record<string, string>> = {
  address: 'address',
  before: 'what it was',
  began: 'since when',
  browser: 'program',
  camera: 'name',
  certificate: 'file of the certificate',
  challenge: 'name of the challenge',
  chart: 'chart',
  client: 'client id',
  clock: 'time',
  count: 'number',
  date: 'day',
  deadline: 'time',
  depth: 'number',
  destination: 'name',
  difference: 'number',
  disputed: 'number',
  fastest: 'time',
  file: 'file',
  fingerprint: 'fingerprint',
  folder: 'folder',
  found: 'version',
  grace: 'time',
  have: 'number',
  height: 'height',
  hours: 'number',
  judged: 'number',
  known: 'version',
  like: 'like those of which parts',
  listen: 'address',
  mb: 'number',
  megabytes: 'number',
  memory: 'number',
  mend: 'what to change',
  middle: 'score',
  model: 'model',
  most: 'number',
  moved: 'what has changed',
  ms: 'number',
  must: 'verdict',
  name: 'name',
  need: 'number',
  needs: 'what it takes',
  next: 'station and number',
  node: 'node',
  now: 'what it is now',
  of: 'of which parts',
  lead: 'time',
  material: 'name',
  off: 'is so much ahead or behind, or was never set',
  one_in: 'number',
  own: 'time',
  package: 'package',
  part: 'part',
  parts: 'number',
  path: 'path',
  percent: 'number',
  provider: 'name',
  rate: 'number',
  recipe: 'name',
  records: 'which ones',
  origin: 'the tag or server that says it',
  refused: 'number',
  region: 'x, y, width, height',
  role: 'role',
  room: 'time',
  rule: 'rule',
  sample: 'number',
  seconds: 'number',
  server: 'name',
  set: 'data set',
  since: 'number',
  showing: 'number',
  size: 'size',
  question: 'question',
  station: 'name',
  status: 'status',
  study: 'study',
  tag: 'tag',
  tags: 'tags',
  thumbprint: 'thumbprint',
  tolerance: 'number',
  tool: 'name',
  topic: 'topic',
  type: 'type',
  unsure: 'number',
  url: 'address',
  used: 'provider',
  user: 'user',
  value: 'value',
  verb: 'command',
  where: 'paths',
  verdict: 'verdict',
  version: 'version',
  what: 'what',
  which: 'Part with its id',
  who: 'who',
  why: 'reason',
  width: 'width',
  within: 'time',
};

/** `{why}` as ‹reason›. Throws where the table fills in what has no words here. */
function readable(text: string): string {
  return text.replaceAll(/(?<!\$)\{(\w+)\}/g, (_, detail: string) => {
    const words = FILLED[detail];
    if (words === undefined) throw new Error(`the error table fills in {${detail}}: say in scripts/docs/error-reference.ts what that is`);
    return `‹${words}›`;
  });
}

export function errorReference(): string {
  const rows = Object.entries(ERRORS).map(([code, { category, sentence, next }]) => [
    `\`${code}\``,
    category,
    readable(sentence),
    readable(next),
  ]);
  return page(
    '# Faults and what to do',
    'Every fault that the agent reports has a code, in the log, in alarms, in reasons and in answers to commands. Words in ‹ › are filled in.',
    Object.entries(MEANING)
      .map(([category, meaning]) => `- **${category}**: ${meaning}.`)
      .join('\n'),
    table(['code', 'category', 'what happened', 'what to do'], rows),
  );
}
