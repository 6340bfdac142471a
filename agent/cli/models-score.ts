/** `lineside models score`. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Region } from '../contracts/index.ts';
import { choice } from '../desk/evaluation/evaluate.ts';
import { type PictureScore, scorePictures } from '../desk/scoring/pictures.ts';
import { type RowScore, scoreRecording } from '../desk/scoring/score.ts';
import { channelNames, readManifest } from '../inference/manifest.ts';
import { recordingIn } from '../runtime/recordings.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';
import { type ModelsOptions, shelfOf } from './shelf.ts';

interface Options extends ModelsOptions {
  readonly on: string;
  readonly region?: Region;
  readonly variant?: string;
  readonly provider: readonly string[];
}

export async function scoreWith(name: string, options: Options): Promise<ExitCode> {
  const manifest = await readManifest(shelfOf(options).folderOf(name));
  const variant = options.variant ?? choice(manifest);
  const asked = { variant, providers: options.provider };
  const { region } = options;
  const found = await stat(resolve(options.on)).catch(() => null);
  const told = found?.isDirectory()
    ? ofPictures(await scorePictures(manifest, resolve(options.on), { ...asked, ...(region ? { region } : {}) }))
    : ofRows(await scoreRecording(manifest, (await recordingIn(options.on, channelNames(manifest))).recording, asked));
  const { name: known, version, thresholds } = manifest;
  if (options.json) outJson({ package: known, version, variant, on: options.on, threshold: thresholds.score, scores: told.scores });
  else out(told.text);
  return EXIT.ok;
}

interface Told {
  readonly scores: readonly (RowScore | PictureScore)[];
  readonly text: string;
}

const ofRows = (scores: readonly RowScore[]): Told => ({ scores, text: textOf(scores) });

function ofPictures(scores: readonly PictureScore[]): Told {
  const paint = painter(process.stdout.isTTY);
  const rows = [...scores]
    .sort((a, b) => (b.score ?? 2) - (a.score ?? 2))
    .map(({ file, score, alarm, label, at }) => [
      file,
      score?.toFixed(3) ?? '-',
      alarm ? paint('yellow', label ?? (score === null ? 'no part found' : 'faulty')) : (label ?? ''),
      at ? at.join(', ') : '',
    ]);
  const alarms = scores.filter(({ alarm, score }) => alarm && score !== null).length;
  const lost = scores.filter(({ score }) => score === null).length;
  return {
    scores,
    text: [
      `${scores.length} pictures, ${alarms} of them above the threshold${lost > 0 ? `, in ${lost} no part was found` : ''}`,
      table(['picture', 'score', '', 'where'], rows, new Set([1])),
    ].join('\n'),
  };
}

function textOf(scores: readonly RowScore[]): string {
  const paint = painter(process.stdout.isTTY);
  const alarms = scores.filter(({ alarm }) => alarm);
  const share = (100 * alarms.length) / Math.max(1, scores.length);
  const unknown = scores.filter(({ score }) => score === null).length;
  const title = `${scores.length} rows,${unknown > 0 ? ` ${unknown} of them before all tags were known,` : ''} ${alarms.length} of them alarms (${share.toFixed(1)} %)`;
  if (alarms.length === 0) return paint('green', title);
  const rows = spells(alarms)
    .slice(0, SHOWN)
    .map((spell) => [`${spell[0]?.row} to ${spell.at(-1)?.row}`, highest(spell).toFixed(3), blamed(spell)]);
  return [paint('yellow', title), table(['rows', 'highest', 'what drove it'], rows, new Set([1]))].join('\n');
}

const SHOWN = 40;

const highest = (spell: readonly RowScore[]): number => spell.reduce((most, { score }) => Math.max(most, score ?? 0), 0);

/** Alarms with no more than so many quiet rows between them are one. */
const QUIET = 10;

function spells(alarms: readonly RowScore[]): readonly (readonly RowScore[])[] {
  const found: RowScore[][] = [];
  for (const alarm of alarms) {
    const last = found.at(-1);
    if (last && alarm.row <= (last.at(-1)?.row ?? 0) + 1 + QUIET) last.push(alarm);
    else found.push([alarm]);
  }
  return found;
}

function blamed(spell: readonly RowScore[]): string {
  const sums = new Map<string, number>();
  for (const { tags = {} } of spell)
    for (const [tag, share] of Object.entries(tags)) sums.set(tag, (sums.get(tag) ?? 0) + share / spell.length);
  const most = [...sums].sort(([, a], [, b]) => b - a).slice(0, 3);
  return most.map(([tag, share]) => `${tag} ${Math.round(100 * share)} %`).join(', ');
}
