/** The report of a shift as one HTML file that needs nothing else: pictures within it, made to be printed. */
import type { ShiftReport } from '../contracts/index.ts';
import { rowsIn } from '../decisions/kpi/report.ts';
import { clockOf, type Section, sectionsOf } from './report-sections.ts';

/** `picture`: a picture of the journal as a data address; null where it is gone. */
export function reportHtml(report: ShiftReport, picture: (path: string) => string | null): string {
  const { shift, zone, at } = report;
  const clock = clockOf(zone);
  const title = `Shift ${shift.id}`;
  const about = `${clock(shift.from)} to ${clock(shift.to)}, ${zone}${shift.over ? '' : ', so far'}; made ${clock(at)}${report.complete ? '' : '; some records are not counted yet'}`;
  const tables = sectionsOf(report).map(
    (section) => `${tableHtml(section)}${section.queries[0] === 'reasons' ? picturesHtml(report, clock, picture) : ''}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1><p>${escaped(about)}</p>
${tables.join('\n')}
<h2>Queries</h2>
${report.queries.map(({ name, sql, parameters }) => `<h3 id="${name}">${name}</h3><pre>${escaped(sql)}</pre><pre>${escaped(JSON.stringify(parameters))}</pre>`).join('\n')}
</body></html>
`;
}

export const STYLE = `body{font:11pt/1.35 system-ui,sans-serif;margin:2em;color:#1a1f23}h1{font-size:18pt}h2{font-size:13pt;margin:1.4em 0 .3em}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:3px 8px;border-bottom:1px solid #c6ccd1;vertical-align:top}.n{text-align:right}
figure{display:inline-block;margin:6px 12px 6px 0;width:200px}img{width:100%}figcaption,small,pre{font-size:8pt;color:#4a535a}pre{white-space:pre-wrap}
tr,figure{break-inside:avoid}@page{margin:15mm}@media print{body{margin:0}}`;

function tableHtml({ title, header, rows, right, queries }: Section): string {
  const cell = (tag: 'td' | 'th') => (text: string, i: number) => `<${tag}${right.has(i) ? ' class="n"' : ''}>${escaped(text)}</${tag}>`;
  const body = rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('');
  const links = queries.map((name) => `<a href="#${name}">${name}</a>`).join(', ');
  return `<h2>${escaped(title)} <small>${links}</small></h2>
<table><thead><tr>${header.map(cell('th')).join('')}</tr></thead><tbody>${body || `<tr><td colspan="${header.length}">–</td></tr>`}</tbody></table>`;
}

function picturesHtml({ queries }: ShiftReport, clock: (at: number) => string, picture: (path: string) => string | null): string {
  const worst = new Set(rowsIn(queries, 'reasons').map((row) => `${row['station']} ${row['reason']}`));
  return rowsIn(queries, 'pictures')
    .filter((row) => worst.has(`${row['station']} ${row['reason']}`))
    .flatMap((row) => {
      const address = picture(String(row['path']));
      const caption = escaped(`${row['station']}: ${row['reason']}, part ${row['part'] ?? '–'}, ${clock(Number(row['at']))}`);
      return address === null ? [] : [`<figure><img src="${address}" alt="${caption}"><figcaption>${caption}</figcaption></figure>`];
    })
    .join('\n');
}

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
