/** `lineside models select`: the most accurate that fits the deadline on this box. Changes nothing. */
import { availableParallelism } from 'node:os';
import type { Region } from '../../contracts/index.ts';
import type { Manifest } from '../../inference/manifest.ts';
import type { Milliseconds } from '../../time.ts';
import { type AccuracyWish, accuraciesOf } from './accuracy.ts';
import { asGood, type Candidate, type Combination, combinationsOf, type Place, type Reserve, roomOf } from './choose.ts';
import { type MeasureOptions, measureAlone, measurePrepare, measureTogether, type Refused } from './measure.ts';

/** A package's place in a station, and who could take it. */
export interface Wanted {
  /** The station's names for the models that run it, each with where it looks. */
  readonly models: readonly { readonly name: string; readonly region: Region | null }[];
  /** The one that runs there now comes first. */
  readonly manifests: readonly Manifest[];
}

export interface SelectOptions extends MeasureOptions {
  readonly deadline: Milliseconds;
  readonly reserve: Pick<Reserve, 'rest_ms' | 'from'>;
  readonly accuracy: AccuracyWish;
  readonly onTotal: (steps: number) => void;
}

/** A combination that was measured as a whole. */
export interface Tried extends Combination {
  readonly p99_ms: Milliseconds;
  readonly fits: boolean;
}

export interface Selection {
  readonly deadline_ms: Milliseconds;
  readonly reserve: Reserve;
  /** What is left for the models. */
  readonly room_ms: Milliseconds;
  readonly places: readonly Place[];
  readonly refused: readonly Refused[];
  /** In the order in which they were tried; the last one is chosen where it fits. */
  readonly tried: readonly Tried[];
  readonly chosen: Tried | null;
  readonly remarks: readonly string[];
}

/** Combinations that are measured as a whole; the fastest is among them. */
const MOST = 8;

export async function select(wanted: readonly Wanted[], options: SelectOptions): Promise<Selection> {
  const { deadline, reserve: rest, threads, rounds, onTotal } = options;
  const manifests = new Map(wanted.flatMap((one) => one.manifests.map((manifest) => [manifest.name, manifest])));
  onTotal([...manifests.values()].reduce((sum, { variants }) => sum + Object.keys(variants).length, 0) * threads.length * rounds);
  const alone: Awaited<ReturnType<typeof measureAlone>>[] = [];
  for (const manifest of manifests.values()) alone.push(await measureAlone(manifest, options));
  const places: Place[] = [];
  for (const one of wanted)
    places.push(
      await placeOf(
        one,
        alone.flatMap(({ speeds }) => speeds),
        options,
      ),
    );
  const reserve: Reserve = { prepare_ms: rounded(await measurePrepare(looksOf(wanted), options)), ...rest };
  const room = rounded(roomOf(deadline, reserve));
  const tried = await tryOut(places, room, manifests, options);
  const chosen = tried.at(-1)?.fits ? (tried.at(-1) ?? null) : null;
  return {
    deadline_ms: deadline,
    reserve,
    room_ms: room,
    places,
    refused: alone.flatMap((one) => one.refused),
    tried,
    chosen,
    remarks: chosen ? places.flatMap((place, i) => openQuestions(place, chosen.chosen[i])) : [],
  };
}

async function placeOf(
  { models, manifests }: Wanted,
  speeds: Awaited<ReturnType<typeof measureAlone>>['speeds'],
  options: SelectOptions,
): Promise<Place> {
  const { figure, accuracies } = await accuraciesOf(manifests, { ...options.accuracy, onTotal: options.onTotal, onStep: options.onStep });
  const candidates = manifests.flatMap(({ name }) =>
    speeds
      .filter((speed) => speed.package === name)
      .map(
        ({ energy_mj: _, p95_ms: __, ...speed }): Candidate => ({ ...speed, accuracy: accuracies.get(name)?.get(speed.variant) ?? null }),
      ),
  );
  return { models: models.map(({ name }) => name), figure, candidates };
}

const looksOf = (wanted: readonly Wanted[]) =>
  wanted.flatMap(({ models, manifests: [manifest] }) => (manifest?.inputs.image ? models.map(({ region }) => ({ manifest, region })) : []));

/** From the most accurate down, until one fits; at last the one that should be the fastest. */
async function tryOut(
  places: readonly Place[],
  room: Milliseconds,
  manifests: ReadonlyMap<string, Manifest>,
  options: SelectOptions,
): Promise<readonly Tried[]> {
  const all = combinationsOf(places, availableParallelism());
  const hopeful = all.filter(({ chosen }) => chosen.every(({ p99_ms }) => p99_ms <= room));
  const fastest = all.reduce<Combination | undefined>((best, one) => (best && best.estimate_ms <= one.estimate_ms ? best : one), undefined);
  const order = new Set([...hopeful.slice(0, MOST - 1), ...(fastest ? [fastest] : [])]);
  const tried: Tried[] = [];
  for (const combination of order) {
    const p99 = rounded(await together(places, combination, manifests, options));
    tried.push({ ...combination, estimate_ms: rounded(combination.estimate_ms), p99_ms: p99, fits: p99 <= room });
    if (p99 <= room) break;
  }
  return tried;
}

/** One network alone has been measured already. */
async function together(
  places: readonly Place[],
  { chosen }: Combination,
  manifests: ReadonlyMap<string, Manifest>,
  options: SelectOptions,
): Promise<Milliseconds> {
  const seats = chosen.flatMap((candidate, i) => {
    const manifest = manifests.get(candidate.package);
    return manifest ? (places[i]?.models ?? []).map(() => ({ ...candidate, manifest })) : [];
  });
  const [only] = seats;
  if (seats.length === 1 && only) return only.p99_ms;
  options.onTotal(options.rounds);
  return measureTogether(seats, options);
}

function openQuestions(place: Place, chosen: Candidate | undefined): readonly string[] {
  if (!chosen) return [];
  const name = place.models.join(', ');
  if (!place.figure)
    return [`${name}: nobody has measured how accurate its candidates are, so that the fastest was taken; measure with --on or --data`];
  const [faster] = [...asGood(place, chosen)].sort((a, b) => a.p99_ms - b.p99_ms);
  if (!faster?.accuracy) return [];
  const times = (chosen.p99_ms / faster.p99_ms).toFixed(1);
  const what = `${faster.package}@${faster.variant} with ${faster.threads} thread${faster.threads === 1 ? '' : 's'}`;
  return [
    `${name}: ${what} is ${times} times as fast, and its ${place.figure.name} of ${faster.accuracy.value} lies within the interval of the chosen one`,
  ];
}

const rounded = (ms: Milliseconds): Milliseconds => Number(ms.toFixed(3));
