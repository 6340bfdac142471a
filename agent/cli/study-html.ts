/** The report of a gauge study as one HTML file that needs nothing else, made to be printed and signed. */
import type { StudyReport } from '../contracts/index.ts';
import { escaped, STYLE } from './report-html.ts';
import { headlineOf, type StudySection, sectionsOf } from './study-sections.ts';

export const studyHtml = (report: StudyReport): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(`Study ${report.study.name}`)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(headlineOf(report))}</h1>
${sectionsOf(report).map(tableHtml).join('\n')}
<p>Name, date, signature: </p>
</body></html>
`;

function tableHtml({ title, header, rows, right }: StudySection): string {
  const cell = (tag: 'td' | 'th') => (text: string, i: number) => `<${tag}${right.has(i) ? ' class="n"' : ''}>${escaped(text)}</${tag}>`;
  const body = rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('');
  return `<h2>${escaped(title)}</h2>
<table><thead><tr>${header.map(cell('th')).join('')}</tr></thead><tbody>${body}</tbody></table>`;
}
