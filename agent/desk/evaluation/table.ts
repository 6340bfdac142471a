/** Splits and recordings are small tables: a header line, a separator, no quotes. */
import { readFile } from 'node:fs/promises';
import { LinesideError, messageOf } from '../../errors.ts';

export type Row = Readonly<Record<string, string>>;

/** Rows by the header's names. Rejects with DATA_INVALID where the file cannot be read or lacks a column that is `wanted`. */
export async function readTable(file: string, wanted: readonly string[], separator = ','): Promise<readonly Row[]> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  });
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const names = header.split(separator);
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new LinesideError('DATA_INVALID', { file, why: `it has no column ${missing.join(', ')}` });
  return lines.map((line) => {
    const cells = line.split(separator);
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** Rows by what stands in a column, `fallback` where there is none; groups in the order of their first row. */
export function groupedBy(rows: readonly Row[], column: string, fallback = ''): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row[column] ?? fallback;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
