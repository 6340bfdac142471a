/** Gauge studies: what is measured is there, what each kind needs is said, and no part of one is another's. */
import { fits } from '../../contracts/glob.ts';
import { MOST_SHOWINGS } from '../../contracts/studies.ts';
import { isSeries, seriesOf } from '../charts.ts';
import type { Path } from '../document.ts';
import type { StationConfig } from '../schema.ts';
import { type StudyConfig, specOf } from '../studies.ts';
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';

export function checkStudies(check: Check): void {
  for (const [name, station] of Object.entries(check.config.stations)) {
    for (const [key, study] of Object.entries(station.studies ?? {})) {
      const at: Path = ['stations', name, 'studies', key];
      if (check.isReplaced([...at, 'kind'])) continue;
      checkKeys(check, at, study);
      checkTwice(check, at, study);
      checkOf(check, name, { at, study });
      checkCount(check, at, study);
    }
    checkParts(check, name, station);
  }
}

interface Placed {
  readonly at: Path;
  readonly study: StudyConfig;
}

type Key = keyof StudyConfig & string;
const NEEDS: Readonly<Record<StudyConfig['kind'], readonly Key[]>> = {
  attributes: ['masters'],
  type_one: ['of', 'parts', 'reference', 'tolerance'],
  repeatability: ['of', 'parts'],
};
/** Keys that other kinds have. */
const FOREIGN: Readonly<Record<StudyConfig['kind'], readonly Key[]>> = {
  attributes: ['of', 'parts', 'reference', 'tolerance', 'percent', 'spread', 'least'],
  type_one: ['masters', 'appraisers'],
  repeatability: ['masters', 'reference', 'percent', 'spread', 'least'],
};

function checkKeys(check: Check, at: Path, study: StudyConfig): void {
  const { kind, masters, parts = [], appraisers } = study;
  for (const key of NEEDS[kind])
    if (study[key] === undefined && !check.isReplaced([...at, key])) check.fault([...at, 'kind'], `is ${kind}, which needs \`${key}\``);
  for (const key of FOREIGN[kind]) if (study[key] !== undefined) check.fault([...at, key], `means nothing to ${kind}; leave it out`, 'key');
  if (kind === 'attributes') checkTruths(check, [...at, 'masters'], masters);
  if (kind === 'type_one' && parts.length > 1)
    check.fault([...at, 'parts'], 'are several, and type_one measures one part; take repeatability');
  if (kind !== 'repeatability') return;
  if (parts.length === 1) check.fault([...at, 'parts'], 'are one, and repeatability compares several; take type_one');
  if (appraisers?.length === 1)
    check.fault([...at, 'appraisers'], 'are one, and repeatability compares several; leave them out for three runs');
  if (study.repeats === 1) check.fault([...at, 'repeats'], 'is 1, and who measures once repeats nothing');
}

function checkTruths(check: Check, at: Path, masters: StudyConfig['masters']): void {
  const truths = new Set(Object.values(masters ?? {}));
  const isWhole = check.declared(at).length === Object.keys(masters ?? {}).length;
  if (masters && isWhole && truths.size < 2 && !check.isReplaced(at))
    check.fault(at, 'must be good ones and bad ones: misses are counted of the bad, false alarms of the good');
}

function checkTwice(check: Check, at: Path, study: StudyConfig): void {
  for (const key of ['parts', 'appraisers', 'conditions'] as const) {
    const all = study[key] ?? [];
    const twice = all.findIndex((one, index) => all.indexOf(one) < index);
    if (twice >= 0) check.fault([...at, key, twice], `is ${all[twice]}, which is there already; name each once`);
  }
}

function checkOf(check: Check, name: string, { at, study: { of } }: Placed): void {
  if (of === undefined || check.isReplaced([...at, 'of'])) return;
  const found = seriesOf(of, { models: check.declared(['stations', name, 'models']), tags: check.tagNames });
  if (!isSeries(found))
    return check.fault([...at, 'of'], `is ${of}: ${found.why}${didYouMean(found.word, found.candidates, found.otherwise)}`);
  if (found.kind === 'verdict') check.fault([...at, 'of'], `is ${of}, which is a verdict and no number; take kind attributes`);
}

function checkCount(check: Check, at: Path, study: StudyConfig): void {
  const { parts, appraisers, repeats } = specOf(study);
  const count = parts.length * appraisers.length * repeats;
  if (count > MOST_SHOWINGS) check.fault([...at, 'kind'], `would ask for ${count} parts, at most ${MOST_SHOWINGS} are shown in one study`);
}

/** Where two know the same id nobody can tell what is shown; where the station has none, nothing is ever known. */
function checkParts(check: Check, name: string, { part, studies = {}, challenges = {} }: StationConfig): void {
  const at = ['stations', name, 'studies'];
  for (const [key, study] of Object.entries(studies)) {
    if (study.by !== 'id') continue;
    if (part === undefined && check.sound)
      check.warn(
        [...at, key],
        'knows its parts by their ids, and the station has no `part` that says where an id comes from; take `by: order`',
        'key',
      );
    for (const id of specOf(study).parts) {
      const other = Object.entries(challenges).find(([, { part: pattern }]) => fits(pattern, id));
      if (other) check.fault([...at, key], `has part ${id}, which is the part of challenge ${other[0]} as well`, 'key');
    }
  }
}
