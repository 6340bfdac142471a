/** Columns of a CSV file by their names, for studies of a quality engineer. Pure. */
import { didYouMean } from '../../config/suggest.ts';
import { LinesideError } from '../../errors.ts';
import { numberOf, type Table } from '../../teaching/machine/table.ts';

/** Texts of a column. Throws DATA_INVALID where there is none of that name, or a cell is empty. */
export function wordsOf(table: Table, name: string, file: string): readonly string[] {
  const cells = columnOf(table, name, file);
  const row = cells.indexOf('');
  if (row >= 0) throw new LinesideError('DATA_INVALID', { file, why: `row ${row + 1} below the header has no ${name}` });
  return cells;
}

/** Numbers of a column, in double precision. Throws DATA_INVALID where there is none of that name, or a cell is no number. */
export function numbersOf(table: Table, name: string, file: string): readonly number[] {
  const cells = columnOf(table, name, file);
  return cells.map((cell, n) => {
    const value = numberOf(cell, table.commas);
    if (!Number.isNaN(value)) return value;
    throw new LinesideError('DATA_INVALID', {
      file,
      why: `row ${n + 1} below the header has no number in ${name}: ${cell === '' ? 'it is empty' : cell.slice(0, 40)}`,
    });
  });
}

function columnOf({ header, columns }: Table, name: string, file: string): readonly string[] {
  const column = columns[header.indexOf(name)];
  if (column) return column;
  throw new LinesideError('DATA_INVALID', { file, why: `it has no column ${name}${didYouMean(name, header, 'it has')}` });
}
