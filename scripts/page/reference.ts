/**
 * The reference of this version for the page's Help: the documents that `npm run docs` generates and holds against the code, cut into entries.
 * Reads the Markdown that scripts/docs writes and no other: headings, tables, lists, paragraphs and fences, with code, bold and links in them.
 */
import { MEANING } from '../docs/error-reference.ts';
import { anchor } from '../docs/markdown.ts';

export interface Entry {
  /** Of which document: `errors`, `config`, … */
  readonly page: string;
  /** Within it: a code of the error table, or the anchor of a heading. */
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

/** `pages`: those that can be linked to. */
export function entriesOf(page: string, markdown: string, pages: readonly string[]): readonly Entry[] {
  const lines = markdown.replace(/<!--[\s\S]*?-->/g, '').split('\n');
  const entries: Entry[] = [];
  let title = page;
  let level = 1;
  let body: string[] = [];
  const end = () => {
    const blocks = blocksOf(body);
    const rows =
      page === 'errors' ? blocks.filter(({ kind }) => kind === 'table').flatMap(({ lines: table }) => errorEntries(page, table)) : [];
    const rest = rows.length > 0 ? blocks.filter(({ kind }) => kind !== 'table') : blocks;
    const html = rest.map((block) => htmlOf(block, { page, pages })).join('');
    if (html !== '') entries.push({ page, id: level === 1 ? 'introduction' : anchor(title), title: plain(title), html });
    entries.push(...rows);
  };
  let isFenced = false;
  for (const line of lines) {
    if (line.startsWith('```')) isFenced = !isFenced;
    const heading = isFenced ? null : /^(#{1,4}) (.*)$/.exec(line);
    if (!heading) {
      body.push(line);
      continue;
    }
    end();
    [title, level, body] = [heading[2] ?? '', heading[1]?.length ?? 1, []];
  }
  end();
  return entries;
}

interface Block {
  readonly kind: 'table' | 'list' | 'fence' | 'text';
  readonly lines: readonly string[];
}

function kindOf(line: string): Block['kind'] {
  if (line.startsWith('|')) return 'table';
  if (/^(- |\d+\. )/.test(line)) return 'list';
  return line.startsWith('```') ? 'fence' : 'text';
}

/** Blocks end at an empty line; a fence at its end. */
function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: { kind: Block['kind']; lines: string[] }[] = [];
  let open: (typeof blocks)[number] | null = null;
  for (const line of lines) {
    if (open?.kind === 'fence') {
      if (line.startsWith('```')) open = null;
      else open.lines.push(line);
      continue;
    }
    if (line.trim() === '') {
      open = null;
      continue;
    }
    // A picture says nothing here.
    if (line.startsWith('![')) continue;
    if (open === null || (open.kind !== kindOf(line) && open.kind !== 'list')) {
      open = { kind: kindOf(line), lines: [] };
      blocks.push(open);
      if (open.kind === 'fence') continue;
    }
    open.lines.push(line);
  }
  return blocks;
}

interface Place {
  readonly page: string;
  readonly pages: readonly string[];
}

function htmlOf({ kind, lines }: Block, place: Place): string {
  if (kind === 'fence') return `<pre>${escaped(lines.join('\n'))}</pre>`;
  if (kind === 'table') return tableOf(lines, place);
  if (kind === 'text') return `<p>${inline(lines.join(' '), place)}</p>`;
  const items: string[] = [];
  for (const line of lines) {
    const [, text] = /^(?:- |\d+\. )(.*)$/.exec(line) ?? [];
    if (text === undefined) items.push(`${items.pop() ?? ''} ${line.trim()}`);
    else items.push(text);
  }
  return `<ul>${items.map((item) => `<li>${inline(item, place)}</li>`).join('')}</ul>`;
}

/** The cells of a row; a bar within one is written `\|`. */
const cellsOf = (row: string): readonly string[] =>
  row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** A key with what is said of it; on a phone a table of six columns is not read. */
function tableOf([head = '', , ...rows]: readonly string[], place: Place): string {
  const names = cellsOf(head);
  const items = rows.map(cellsOf).map(([first = '', ...rest]) => {
    const said = rest.map((cell, i) => ({ name: names[i + 1] ?? '', cell })).filter(({ cell }) => cell !== '');
    const facts = said.slice(0, -1).map(({ name, cell }) => `<span class="soft">${inline(name, place)}</span> ${inline(cell, place)}`);
    const last = said.at(-1);
    const line = facts.length === 0 ? '' : `<br>${facts.join(' · ')}`;
    return `<dt>${inline(first, place)}</dt><dd>${last ? inline(last.cell, place) : ''}${line}</dd>`;
  });
  return `<dl class="reference">${items.join('')}</dl>`;
}

function errorEntries(page: string, [, , ...rows]: readonly string[]): readonly Entry[] {
  const place = { page, pages: [] };
  return rows.map(cellsOf).map(([code = '', category = '', sentence = '', next = '']) => ({
    page,
    id: plain(code),
    title: plain(code),
    html: `<p>${inline(sentence, place)}</p><p><b>What to do:</b> ${inline(next, place)}</p><p class="soft">${meaningOf(category)}</p>`,
  }));
}

/** The category alone says nothing to whoever has the fault before him. */
function meaningOf(category: string): string {
  const meaning = Object.entries(MEANING).find(([name]) => name === category)?.[1];
  return escaped(meaning === undefined ? category : `${category}: ${meaning}.`);
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** `opcua.*name*` is a key of any name. */
const plain = (text: string): string =>
  text
    .replaceAll('`', '')
    .replaceAll('**', '')
    .replaceAll(/\*(\w+)\*/g, '‹$1›');

/** Code first, since nothing in it means anything. */
function inline(text: string, place: Place): string {
  return text
    .split(/(`[^`]+`)/)
    .map((piece) => (/^`[^`]+`$/.test(piece) ? `<code>${escaped(unbarred(piece.slice(1, -1)))}</code>` : prose(piece)))
    .join('')
    .replaceAll(/\[((?:[^[\]]|<code>[^<]*<\/code>)+)\]\(([^)]+)\)/g, (_, name: string, target: string) => linked(name, target, place));
}

const unbarred = (text: string): string => text.replaceAll(/\\([|<])/g, '$1');
const prose = (text: string): string => escaped(unbarred(text)).replaceAll(/\*\*([^*]+)\*\*/g, '<b>$1</b>');

/** Within the reference a link; what lies elsewhere is a name: this page knows no internet. */
function linked(name: string, target: string, { page, pages }: Place): string {
  const { file, section } = /^(?:(?<file>[\w-]+)\.md)?(?:#(?<section>[\w-]+))?$/.exec(target)?.groups ?? {};
  const to = file ?? (section === undefined ? undefined : page);
  return to !== undefined && (to === page || pages.includes(to)) ? `<a href="/help/${to}/${section ?? 'introduction'}">${name}</a>` : name;
}
