/** Tools that wear in five ways, whose true end is known, and how often it lies in the interval that was forecast. Seeded. */
import { randomGamma, randomLcg, randomNormal } from 'd3-random';
import {
  type Experience,
  type Glance,
  glanced,
  lessonsOf,
  NO_EXPERIENCE,
  type UsesLeft,
  usesLeft,
  wearOf,
} from '../../agent/decisions/logistics/tools/wear.ts';
import { WearLog } from '../../agent/decisions/logistics/tools/wear-log.ts';

const LIMIT = 10;
const NEW = 2;
const LIFE = 2000;

export type Way = 'straight' | 'wandering' | 'jerky' | 'faster and faster' | 'steps and outliers';
export const WAYS: readonly Way[] = ['straight', 'wandering', 'jerky', 'faster and faster', 'steps and outliers'];

interface Life {
  /** True wear, and what is measured, after each use. */
  readonly worn: readonly number[];
  readonly measured: readonly number[];
}

type Random = () => number;

/** Until it is worn out; no two tools are alike. */
function lifeOf(way: Way, random: Random): Life {
  const normal = randomNormal.source(random)(0, 1);
  const own = LIFE * Math.exp(0.25 * normal());
  const slope = (LIMIT - NEW) / own;
  const gamma = randomGamma.source(random)(slope / 0.05, 0.05);
  const steps = [0.2, 0.45, 0.75].map((place) => Math.round(own * place * Math.exp(0.1 * normal())));
  const worn: number[] = [];
  const measured: number[] = [];
  let at = NEW;
  for (let n = 0; at < LIMIT && n < 20 * LIFE; n++) {
    switch (way) {
      case 'straight':
        at += slope;
        break;
      case 'wandering':
        at += slope + 0.03 * normal();
        break;
      case 'jerky':
        at += gamma();
        break;
      case 'faster and faster':
        at = NEW + (LIMIT - NEW) * ((n + 1) / own) ** 1.5;
        break;
      case 'steps and outliers':
        at += 0.85 * slope + (steps.includes(n) ? 0.05 * (LIMIT - NEW) : 0);
    }
    worn.push(at);
    measured.push(at + 0.4 * normal() + (way === 'steps and outliers' && random() < 0.05 ? 6 * Math.abs(normal()) : 0));
  }
  return { worn, measured };
}

export interface WearFigures {
  /** Forecasts, those in whose interval the true end lies, and those that say that no trend is to be seen. */
  readonly asked: number;
  readonly held: number;
  readonly silent: number;
  /** Width of the interval, of the uses that were left; the median. */
  readonly width: number;
}

/** Tools of before, each changed at nine tenths of its life. */
function experienceOf(way: Way, tools: number, random: Random): Experience {
  let known = NO_EXPERIENCE;
  for (let i = 0; i < tools; i++) {
    const { measured } = lifeOf(way, random);
    const log = new WearLog();
    let glances: readonly Glance[] = [];
    for (const [n, y] of measured.slice(0, Math.round(0.9 * measured.length)).entries()) {
      const isNew = log.note(n, y);
      const wear = isNew && n >= 1.1 * (glances.at(-1)?.n ?? 0) ? wearOf(log.all) : null;
      if (wear) glances = glanced(glances, { n, wear });
    }
    known = lessonsOf(log.all, glances, known);
  }
  return known;
}

/** On tools of which nothing was known: asked at eight places of each life, from a quarter to nineteen twentieths of it. */
export function heldOut(
  way: Way,
  { before, tools, seed }: { readonly before: number; readonly tools: number; readonly seed: number },
): WearFigures {
  const random = randomLcg(seed);
  const known = experienceOf(way, before, random);
  let [asked, held, silent] = [0, 0, 0];
  const widths: number[] = [];
  for (let i = 0; i < tools; i++) {
    const { measured } = lifeOf(way, random);
    const places = new Set(Array.from({ length: 8 }, (_, k) => Math.round(measured.length * (0.25 + 0.1 * k))));
    const log = new WearLog();
    for (const [n, y] of measured.entries()) {
      log.note(n, y);
      if (!places.has(n)) continue;
      const wear = wearOf(log.all);
      const left: UsesLeft | null = wear && usesLeft(wear, LIMIT, known);
      if (left === null) {
        silent++;
        continue;
      }
      const truth = measured.length - 1 - n;
      asked++;
      held += Number(left.low <= truth && truth <= left.high);
      widths.push((left.high - left.low) / truth);
    }
  }
  widths.sort((a, b) => a - b);
  return { asked, held, silent, width: widths[widths.length >> 1] ?? Number.NaN };
}
