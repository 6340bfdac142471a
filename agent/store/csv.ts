/** Lines of CSV (RFC 4180). Pure. */

/** A table program takes a text that begins like this for a formula, and a part's name may come from anywhere: an apostrophe in front. */
const FORMULA = /^[=+\-@\t\r]/;

export type CsvCell = string | number | null;

/** With its end. */
export const csvOf = (cells: readonly CsvCell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(value: CsvCell): string {
  const plain = value === null ? '' : String(value);
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
