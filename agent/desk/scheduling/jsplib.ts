/** Job shops of the literature, as JSPLib keeps them: a text file each, what is known of the optimum in instances.json. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation, Shop } from '../../decisions/scheduling/shop.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { readRegular } from '../../platform/plain-file.ts';

export interface Instance {
  readonly name: string;
  readonly shop: Shop;
  /** Of the best schedule that anybody knows; null where nobody has said. */
  readonly best: number | null;
}

interface Listed {
  readonly name: string;
  readonly optimum?: number | null;
  readonly bounds?: { readonly upper: number };
  readonly path: string;
}

const MOST = 2 ** 20;

/** `names`: all of them where none is named. Rejects with DATA_MISSING or DATA_INVALID. */
export async function instancesIn(folder: string, names: readonly string[]): Promise<readonly Instance[]> {
  const listed = await listIn(folder);
  const wanted = names.length === 0 ? listed.map(({ name }) => name) : names;
  return Promise.all(
    wanted.map(async (name) => {
      const one = listed.find((other) => other.name === name);
      if (!one) throw new LinesideError('USAGE', { why: `there is no instance ${name} in ${folder}` });
      const file = join(folder, one.path);
      const refuse = (why: string) => new LinesideError('DATA_INVALID', { file, why });
      const bytes = await readRegular(file, { most: MOST, inside: folder, refuse });
      return { name, shop: shopIn(bytes.toString('utf8'), refuse), best: one.optimum ?? one.bounds?.upper ?? null };
    }),
  );
}

async function listIn(folder: string): Promise<readonly Listed[]> {
  const file = join(folder, 'instances.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new LinesideError('DATA_MISSING', { set: 'JSPLib', folder });
  });
  try {
    const listed: unknown = JSON.parse(text);
    if (Array.isArray(listed) && listed.every(isListed)) return listed;
  } catch (thrown) {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  }
  throw new LinesideError('DATA_INVALID', { file, why: 'it is no list of instances, each with `name` and `path`' });
}

const isListed = (of: unknown): of is Listed =>
  typeof of === 'object' && of !== null && 'name' in of && typeof of.name === 'string' && 'path' in of && typeof of.path === 'string';

/** A line with jobs and machines, then a line a job: machine and duration of each operation. Lines with # are comments. */
export function shopIn(text: string, refuse: (why: string) => LinesideError): Shop {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/).map(Number));
  const [jobs = 0, machines = 0] = lines[0] ?? [];
  const rows = lines.slice(1, 1 + jobs);
  if (!(jobs > 0) || rows.length !== jobs) throw refuse(`it has ${rows.length} jobs and says that there are ${jobs}`);
  return rows.map((row, job) => {
    const isWhole = row.length === 2 * machines && row.every((value) => Number.isSafeInteger(value) && value >= 0);
    if (!isWhole) throw refuse(`job ${job + 1} does not have ${machines} operations with a machine and a duration each`);
    return Array.from({ length: machines }, (_, n): Operation => {
      const [machine = 0, duration = 0] = row.slice(2 * n);
      if (machine >= machines) throw refuse(`job ${job + 1} needs machine ${machine}, there are ${machines}`);
      return { machine, duration };
    });
  });
}
